/** Imports go one way: app → features → shared. Features never import each other. */
const FEATURES = "history|compose|campaigns|activity|accounts|settings|system|entry|shell";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "features-are-strangers",
      severity: "error",
      comment:
        "What two features need belongs in components/ui, components/schedule, hooks or lib.",
      from: { path: `^components/(${FEATURES})/` },
      to: { path: `^components/(${FEATURES})/`, pathNot: "^components/$1/" },
    },
    {
      name: "shared-knows-no-feature",
      severity: "error",
      from: { path: "^(components/(ui|schedule)|contexts|hooks|lib)/" },
      to: { path: `^components/(${FEATURES})/` },
    },
    {
      name: "nothing-imports-pages",
      severity: "error",
      from: { path: "^(components|contexts|hooks|lib)/" },
      to: { path: "^app/" },
    },
    {
      name: "lib-knows-no-react",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(components|contexts|hooks|app)/|node_modules/react(-dom|-intl)?/" },
    },
    {
      name: "calls-only-in-the-api-folder",
      severity: "error",
      comment: "Query keys and calls are built in lib/python-backend/api/<resource>.ts only.",
      from: { pathNot: "^lib/python-backend/" },
      to: { path: "^lib/python-backend/(client|schema)" },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
