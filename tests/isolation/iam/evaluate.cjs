// Reads {policy, own, requests: [[action, resource, context], ...]} and writes for each request
// whether it is allowed; `own` is the policy of the role or key that is asked for, or null. The first
// request of each action also goes through the engine's own check of what is asked: names of
// actions, types of context keys, the policy itself.
const { readFileSync } = require("node:fs");
const { runSimulation, runUnsafeSimulation } = require("@cloud-copilot/iam-simulate");

const ACCOUNT = "123456789012";
const all = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
// The engine knows the part of a context of KMS that its user named by the name in its list alone.
const spelt = readFileSync(0, "utf8").replaceAll(
  "kms:EncryptionContext:tenant",
  "kms:EncryptionContext:${EncryptionContextKey}",
);
const { policy, own, requests } = JSON.parse(spelt);
const checked = new Set();

async function allowed([action, resource, contextVariables]) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lqe/session`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables,
    },
    identityPolicies: [{ name: "tenant_data", policy }],
    serviceControlPolicies: [{ orgIdentifier: "root", policies: [{ name: "all", policy: all }] }],
    resourceControlPolicies: [],
    ...(own && { resourcePolicy: own }),
  };
  // The quick way knows no policy of what is asked for.
  const quick = own ? null : runUnsafeSimulation(simulation, {});
  if (quick && checked.has(action)) return quick === "Allowed";
  const { resultType, errors, overallResult } = await runSimulation(simulation, {});
  // A name that no object can have is none to check by.
  if (errors?.message === "no.resource.types") return false;
  if (resultType === "error" || (quick && overallResult !== quick)) {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(errors ?? overallResult)}`);
  }
  checked.add(action);
  return overallResult === "Allowed";
}

(async () => {
  const answers = [];
  for (const request of requests) answers.push(await allowed(request));
  process.stdout.write(JSON.stringify(answers));
})();
