/** HTTP threads of a node, the main thread included: more than any machine has cores for. */
export const threadsMax = 64;
