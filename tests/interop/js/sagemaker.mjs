// SageMaker's runtime by the JavaScript SDK. $WHAT: a CSV line, its values, its score at the endpoint banking.
import { check, main, refused, require, settings, what } from "./stage.mjs";
const { SageMakerRuntimeClient, InvokeEndpointCommand } = require("@aws-sdk/client-sagemaker-runtime");

const client = new SageMakerRuntimeClient(settings());
const text = (reply) => Buffer.from(reply.Body).toString();
const invoke = (members) => client.send(new InvokeEndpointCommand(members));

main(async () => {
  let r = await invoke({ EndpointName: "banking", Body: what.line, ContentType: "text/csv" });
  check("CSV", Number(text(r)) === what.score && r.ContentType.startsWith("text/csv"), text(r), r.ContentType);
  check("the variant is parsed", r.InvokedProductionVariant === "main", r.InvokedProductionVariant);
  r = await invoke({ EndpointName: "banking", Body: what.line });
  check("no type", Number(text(r)) === what.score, text(r));
  r = await invoke({ EndpointName: "banking", Body: Buffer.from(what.line), ContentType: "text/csv", Accept: "application/json" });
  check("Accept", JSON.parse(text(r)).predictions[0].score === what.score, text(r));
  const body = JSON.stringify({ instances: [{ features: what.features }] });
  for (const ContentType of ["application/json", undefined]) {
    r = await invoke({ EndpointName: "banking", Body: body, ContentType });
    check(`JSON as ${ContentType}`, JSON.parse(text(r)).predictions[0].score === what.score, text(r));
  }
  r = await invoke({ EndpointName: "ab", Body: body, TargetVariant: "C", InferenceId: "js 1", CustomAttributes: "k=v" });
  check("TargetVariant", r.InvokedProductionVariant === "C", r.InvokedProductionVariant);
  check("CustomAttributes", r.CustomAttributes === "k=v", r.CustomAttributes);
  const seen = new Set();
  for (let i = 0; i < 60; i++) seen.add((await invoke({ EndpointName: "ab", Body: body })).InvokedProductionVariant);
  check("weights choose among A and B", seen.has("A") && seen.has("B") && seen.size === 2, [...seen]);

  await refused("an unknown endpoint", "ValidationError", invoke({ EndpointName: "nowhere", Body: body }), "nowhere");
  await refused("an unknown variant", "ValidationError", invoke({ EndpointName: "ab", Body: body, TargetVariant: "Z" }));
  const e = await refused("a value that is none", "ModelError", invoke({ EndpointName: "banking", Body: "x" + what.line }));
  check("with the container's status", e?.OriginalStatusCode === 400, e?.OriginalStatusCode);
  check("and its words", e?.OriginalMessage?.includes("age"), e?.OriginalMessage);
  check("it is the client's fault", e?.$metadata.httpStatusCode === 424, e?.$metadata);
  check("a request id", typeof e?.$metadata.requestId === "string", e?.$metadata);
});
