/** Where pictures of all that is looked at are put; nowhere, unless it is asked for. */
export const picturesFolder = process.env["MARU_SCREENSHOTS"];
