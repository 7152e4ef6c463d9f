import { createRoot } from "react-dom/client";
import { present } from "./present.ts";

createRoot(present(document.getElementById("maru"))).render(<main>Maru</main>);
