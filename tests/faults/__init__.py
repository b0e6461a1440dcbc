"""The 43 write-back faults C01 to C43, black-box: a platform with a ledger, a proxy that breaks connections, real processes."""
