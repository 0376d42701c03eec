// Signed calls by the JavaScript SDKs. $WHAT: a CSV line, the same as a record, the predict role's [key, secret], a wrong secret.
import { check, main, refused, require, settings, what } from "./stage.mjs";
const runtime = require("@aws-sdk/client-sagemaker-runtime");
const ml = require("@aws-sdk/client-machine-learning");

const as = (accessKeyId, secretAccessKey) => settings({ credentials: { accessKeyId, secretAccessKey } });
const admin = settings();
const wrong = as(admin.credentials.accessKeyId, what.wrong);
const predict = as(...what.predict);

const invoke = (who, more = {}) => new runtime.SageMakerRuntimeClient(who).send(new runtime.InvokeEndpointCommand({ EndpointName: "banking", Body: what.line, ...more }));
const call = (who, name, members) => new ml.MachineLearningClient(who).send(new ml[name + "Command"](members));
const answer = (who) => call(who, "Predict", { MLModelId: "banking", Record: what.record, PredictEndpoint: process.env.INTEROP_URL });

main(async () => {
  const score = Number(Buffer.from((await invoke(admin)).Body).toString());
  check("admin invokes", score > 0 && score < 1, score);
  const r = await invoke(predict, { ContentType: "text/csv", InferenceId: "js 1", CustomAttributes: "x=1; y  two" });
  check("the predict role invokes", Number(Buffer.from(r.Body).toString()) === score && r.CustomAttributes === "x=1; y  two", r.CustomAttributes);
  for (const who of [admin, predict]) check("Predict", Object.keys((await answer(who)).Prediction.predictedScores).length === 1);
  check("admin describes", (await call(admin, "DescribeDataSources", {})).Results.length === 1);
  await refused("a wrong secret", "InvalidSignatureException", call(wrong, "DescribeMLModels", {}));
  await refused("a wrong secret at InvokeEndpoint", "InvalidSignatureException", invoke(wrong));
  await refused("a wrong secret at Predict", "InvalidSignatureException", answer(wrong));
  await refused("a key of nobody's", "UnrecognizedClientException", call(as("AKIASTRANGER", what.wrong), "DescribeMLModels", {}));
  await refused("the predict role makes no model", "AccessDeniedException", call(predict, "CreateMLModel", { MLModelId: "x", MLModelType: "BINARY", TrainingDataSourceId: "signed" }));
});
