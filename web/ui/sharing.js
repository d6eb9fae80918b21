// @ts-check
/** Phones cannot share their screen from a browser; there the button is not shown. */
export const canShareScreen = Boolean(navigator.mediaDevices && "getDisplayMedia" in navigator.mediaDevices);
