// Reads {policies: {name: [policy, ...]}, requests: [[name, action, resource, context], ...]} and
// writes one "Allowed" or why not for each request, as JSON.
import { readFileSync } from "node:fs";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const ACCOUNT = "123456789012";
const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const scps = [{ orgIdentifier: "root", policies: [{ name: "everything", policy: everything }] }];
const { policies, requests } = JSON.parse(readFileSync(0, "utf8"));

const answers = [];
for (const [name, action, resource, context] of requests) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lqe-tenant-data/session`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: context,
    },
    identityPolicies: policies[name].map((policy, number) => ({ name: `p${number}`, policy })),
    serviceControlPolicies: scps,
    resourceControlPolicies: [],
  };
  const found = await runSimulation(simulation, {});
  answers.push(found.resultType === "error" ? found.errors : found.overallResult);
}
process.stdout.write(JSON.stringify(answers));
