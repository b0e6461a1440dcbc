// Sends the signed answer back to the platform.
"use strict";
document.getElementById("return").requestSubmit();
