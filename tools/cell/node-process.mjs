/** How the process that serves a node is told from those around it, such as a container's init, by its command line. */

/** @param {string} cmdline As /proc has it: arguments, each with a NUL behind it. */
export function isNodeServing(cmdline) {
  // Init repeats the command line of its child behind its own.
  const [, script, command] = cmdline.split("\0");
  return script === "src/main.ts" && command === "serve";
}
