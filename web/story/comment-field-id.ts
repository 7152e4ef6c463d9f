/** Of the field for a comment to the story itself; also what an address names to begin there. */
export const commentFieldId = "comment";
