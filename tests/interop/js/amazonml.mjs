// All 28 operations of Amazon Machine Learning by the JavaScript SDK. $WHAT: a record of strings, and with numbers.
import { check, main, refused, require, settings, what } from "./stage.mjs";
const sdk = require("@aws-sdk/client-machine-learning");

const client = new sdk.MachineLearningClient(settings());
const called = new Set();
const call = (name, members = {}) => {
  called.add(name);
  return client.send(new sdk[name + "Command"](members));
};
const sleep = (ms) => new Promise((resume) => setTimeout(resume, ms));

// Asks until `is` likes the reply, for a minute; the last reply.
async function until(ask, is = (r) => ["COMPLETED", "FAILED"].includes(r.Status)) {
  const end = Date.now() + 60000;
  for (;;) {
    const r = await ask();
    if (is(r) || Date.now() > end) return r;
    await sleep(100);
  }
}

const BUCKET = "s3://bucket/";
const DATA = { DataLocationS3: BUCKET + "banking.csv", DataSchemaLocationS3: BUCKET + "banking.csv.schema" };
const split = (percentBegin, percentEnd) => JSON.stringify({ splitting: { percentBegin, percentEnd } });
const source = (id, part, more = {}) => call("CreateDataSourceFromS3", {
  DataSourceId: id, DataSourceName: id, ComputeStatistics: true, DataSpec: { ...DATA, DataRearrangement: part, ...more },
});

async function make() {
  check("CreateDataSourceFromS3", (await source("js-ds", split(0, 70))).DataSourceId === "js-ds");
  await source("js-test", split(70, 100));
  let r = await call("CreateMLModel", { MLModelId: "js-ml", MLModelName: "js", MLModelType: "BINARY", TrainingDataSourceId: "js-ds", Parameters: { "sgd.maxPasses": "20" } });
  check("CreateMLModel", r.MLModelId === "js-ml", r);
  r = await call("CreateEvaluation", { EvaluationId: "js-ev", EvaluationName: "js", MLModelId: "js-ml", EvaluationDataSourceId: "js-test" });
  check("CreateEvaluation", r.EvaluationId === "js-ev", r);
  r = await call("CreateBatchPrediction", { BatchPredictionId: "js-bp", BatchPredictionName: "js", MLModelId: "js-ml", BatchPredictionDataSourceId: "js-test", OutputUri: BUCKET + "js/" });
  check("CreateBatchPrediction", r.BatchPredictionId === "js-bp", r);
  r = await until(() => call("GetDataSource", { DataSourceId: "js-ds", Verbose: true }));
  check("GetDataSource", r.Status === "COMPLETED" && r.DataSourceSchema.includes("attributes") && r.CreatedAt instanceof Date, r);
  r = await until(() => call("GetMLModel", { MLModelId: "js-ml", Verbose: true }));
  check("GetMLModel", r.Status === "COMPLETED" && r.TrainingParameters["sgd.maxPasses"] === "20" && r.Recipe.includes("outputs"), r);
  r = await until(() => call("GetEvaluation", { EvaluationId: "js-ev" }));
  check("GetEvaluation", r.Status === "COMPLETED" && Number(r.PerformanceMetrics.Properties.BinaryAUC) > 0.85, r);
  r = await until(() => call("GetBatchPrediction", { BatchPredictionId: "js-bp" }));
  check("GetBatchPrediction", r.Status === "COMPLETED" && r.TotalRecordCount === 900, r);
}

async function change() {
  let r = await call("UpdateMLModel", { MLModelId: "js-ml", ScoreThreshold: 0.125 });
  check("UpdateMLModel", r.MLModelId === "js-ml" && Math.abs((await call("GetMLModel", { MLModelId: "js-ml" })).ScoreThreshold - 0.125) < 1e-9, r);
  for (const [kind, id, member] of [["DataSource", "js-ds", "DataSourceName"], ["Evaluation", "js-ev", "EvaluationName"], ["BatchPrediction", "js-bp", "BatchPredictionName"]]) {
    await call("Update" + kind, { [kind + "Id"]: id, [member]: "js 2" });
    check("Update" + kind, (await call("Get" + kind, { [kind + "Id"]: id })).Name === "js 2");
  }
  for (const [kind, key, id] of [["DataSources", "DataSourceId", "js-ds"], ["Evaluations", "EvaluationId", "js-ev"], ["BatchPredictions", "BatchPredictionId", "js-bp"]]) {
    r = await call("Describe" + kind, { FilterVariable: "Name", EQ: "js 2", SortOrder: "asc", Limit: 10 });
    check("Describe" + kind, r.Results.length === 1 && r.Results[0][key] === id, r);
  }
  r = await call("DescribeMLModels", { FilterVariable: "Name", Prefix: "js" });
  check("DescribeMLModels", r.Results.length === 1 && r.Results[0].MLModelId === "js-ml", r);
  const pages = [];
  for await (const page of sdk.paginateDescribeDataSources({ client, pageSize: 1 }, { FilterVariable: "Name", Prefix: "js", SortOrder: "asc" })) pages.push(page.Results.map((x) => x.DataSourceId));
  check("the paginator", pages.flat().sort().join() === "js-ds,js-test" && pages.every((p) => p.length <= 1), pages);
  const here = { ResourceId: "js-ml", ResourceType: "MLModel" };
  await call("AddTags", { Tags: [{ Key: "a", Value: "1" }, { Key: "b", Value: "2" }], ...here });
  await call("DeleteTags", { TagKeys: ["a"], ...here });
  r = await call("DescribeTags", here);
  check("AddTags, DeleteTags, DescribeTags", r.Tags.length === 1 && r.Tags[0].Key === "b" && r.Tags[0].Value === "2", r);
}

async function predict() {
  const away = { MLModelId: "js-ml", Record: what.record, PredictEndpoint: process.env.INTEROP_URL };
  await refused("no endpoint yet", "PredictorNotMountedException", call("Predict", away));
  let r = await call("CreateRealtimeEndpoint", { MLModelId: "js-ml" });
  check("CreateRealtimeEndpoint", r.RealtimeEndpointInfo.EndpointStatus !== "FAILED", r);
  r = await until(() => call("GetMLModel", { MLModelId: "js-ml" }), (m) => m.EndpointInfo.EndpointStatus === "READY");
  const PredictEndpoint = r.EndpointInfo.EndpointUrl;
  const p = (await call("Predict", { MLModelId: "js-ml", Record: what.record, PredictEndpoint })).Prediction;
  const reply = await fetch(process.env.INTEROP_URL + "/v1/endpoints/js-ml/predict", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ record: what.typed }) });
  const native = await reply.json();
  const label = native.score >= 0.125 ? "1" : "0";
  check("Predict", p.predictedLabel === label && Object.keys(p.predictedScores).join() === label && p.details.PredictiveModelType === "BINARY", p, native);
  check("its score is the native one", Math.fround(p.predictedScores[label]) === Math.fround(native.score), p, native);
  await refused("what is no number", "InvalidInputException", call("Predict", { MLModelId: "js-ml", Record: { age: "old" }, PredictEndpoint }), "age");
  await refused("an unknown model", "ResourceNotFoundException", call("Predict", { ...away, MLModelId: "nobody" }));
  r = await call("DeleteRealtimeEndpoint", { MLModelId: "js-ml" });
  check("DeleteRealtimeEndpoint", r.RealtimeEndpointInfo.EndpointStatus === "NONE", r);
  await refused("no endpoint any more", "PredictorNotMountedException", call("Predict", away));
}

async function refusals() {
  await refused("other parameters", "IdempotentParameterMismatchException", source("js-ds", split(0, 60)));
  await refused("an id that is none", "InvalidInputException", source("a b", ""));
  await refused("data outside", "InvalidInputException", source("js-out", "", { DataLocationS3: "s3://bucket/../../x.csv" }));
  await refused("a reserved tag", "InvalidTagException", call("AddTags", { ResourceId: "js-ds", ResourceType: "DataSource", Tags: [{ Key: "aws:a", Value: "" }] }));
  await refused("too many tags", "TagLimitExceededException", call("AddTags", {
    ResourceId: "js-ds", ResourceType: "DataSource", Tags: [...Array(51).keys()].map((i) => ({ Key: `k${i}`, Value: "" })),
  }));
  const e = await refused("nothing there", "ResourceNotFoundException", call("GetEvaluation", { EvaluationId: "nobody" }), "nobody");
  check("a request id", typeof e?.$metadata.requestId === "string" && e.$metadata.requestId !== "", e?.$metadata);
  const database = { SelectSqlQuery: "select 1", S3StagingLocation: BUCKET, DatabaseCredentials: { Username: "u", Password: "Passw0rd1" } };
  await refused("CreateDataSourceFromRedshift", "InvalidInputException", call("CreateDataSourceFromRedshift", {
    DataSourceId: "js-r", RoleARN: "arn:aws:iam::1:role/x", DataSpec: { ...database, DatabaseInformation: { DatabaseName: "d", ClusterIdentifier: "c" } },
  }));
  await refused("CreateDataSourceFromRDS", "InvalidInputException", call("CreateDataSourceFromRDS", {
    DataSourceId: "js-r", RoleARN: "arn:aws:iam::1:role/x",
    RDSData: { ...database, DatabaseInformation: { DatabaseName: "d", InstanceIdentifier: "i" }, ResourceRole: "r", ServiceRole: "s", SubnetId: "n", SecurityGroupIds: ["g"] },
  }));
}

async function remove() {
  for (const [kind, id] of [["BatchPrediction", "js-bp"], ["Evaluation", "js-ev"], ["MLModel", "js-ml"], ["DataSource", "js-ds"]]) {
    check("Delete" + kind, (await call("Delete" + kind, { [kind + "Id"]: id }))[kind + "Id"] === id);
    check("it is DELETED", (await call("Get" + kind, { [kind + "Id"]: id })).Status === "DELETED");
  }
}

main(async () => {
  for (const part of [make, change, predict, refusals, remove]) await part();
  const all = Object.keys(sdk).filter((k) => /^[A-Z].*Command$/.test(k)).map((k) => k.slice(0, -"Command".length));
  check("all 28 operations were called", all.length === 28 && all.every((x) => called.has(x)), all.filter((x) => !called.has(x)));
});
