// Runs answers.py in Pyodide: node answers.mjs PYODIDE ROOT PACKAGES [all]
// PYODIDE: npm's package; ROOT: this project; PACKAGES: where plain Python packages are installed.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodideFolder, root, packages, ...rest] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, "pyodide.mjs")));
const pyodide = await loadPyodide({ args: ["-B"], stderr: (text) => console.error(text) });
for (const [name, folder] of [
  ["labcore", root],
  ["publicsuffixlist", packages],
  ["tqdm", packages],
]) {
  pyodide.FS.mkdirTree(`/packages/${name}`);
  pyodide.mountNodeFS(`/packages/${name}`, join(folder, name));
}
pyodide.FS.mkdirTree("/asked");
pyodide.mountNodeFS("/asked", join(root, "tests", "lite"));
pyodide.globals.set("asked_for", pyodide.toPy(rest));
pyodide.runPython(`
import runpy, sys
sys.path.insert(0, "/packages")
sys.argv[1:] = asked_for
runpy.run_path("/asked/answers.py", run_name="__main__")
`);
