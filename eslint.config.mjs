import { defineConfig, globalIgnores } from "eslint/config";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";
import { rules as house } from "./tools/house-rules.ts";

const tests = ["**/*.test.{ts,tsx}", "test/**"];

export default defineConfig(
  globalIgnores(["sdk/", "web/dist/", "web/.build-*/", "docs/", "data/", "coverage/", ".cache/"]),
  {
    files: ["**/*.{ts,tsx,mjs}"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { house: { rules: house } },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "off",
      "object-shorthand": "error",
      "prefer-const": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/prefer-nullish-coalescing": "error",
      "@typescript-eslint/prefer-optional-chain": "error",
      "@typescript-eslint/strict-boolean-expressions": "off",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" },
      ],
      // Numbers read well in messages; objects and undefined do not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Ports and contracts are asynchronous even where one implementation has nothing to await.
      "@typescript-eslint/require-await": "off",
      // Factories give plain objects whose functions close over what they need: there is no `this`.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "house/named-exports": "error",
      "house/no-barrel": "error",
      "house/telling-names": "error",
      "house/ts-extension": "error",
    },
  },
  {
    files: ["src/**"],
    ignores: ["src/main.ts", ...tests],
    rules: { "house/environment-in-main": "error" },
  },
  {
    files: ["src/{kernel,ports,modules,http,demo}/**"],
    ignores: tests,
    rules: { "house/clock-handed-in": "error", "house/chance-handed-in": "error" },
  },
  {
    files: ["web/**/*.{ts,tsx}"],
    extends: [reactHooks.configs.flat["recommended-latest"]],
    rules: {
      "react-hooks/exhaustive-deps": "error",
      "react-hooks/unsupported-syntax": "error",
      // Says of a library that the React compiler passes over it; there is no compiler here.
      "react-hooks/incompatible-library": "off",
      "house/no-raw-html": "error",
    },
  },
  {
    files: tests,
    rules: {
      // A test that asserts a value first may then use it as there.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
  {
    // The rule does not see the types that plain JavaScript gives in comments.
    files: ["**/*.mjs"],
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
  {
    // Tools that ask for a default export get it.
    files: ["**/*.config.{mjs,ts}", ".dependency-cruiser.mjs"],
    rules: { "house/named-exports": "off" },
  },
);
