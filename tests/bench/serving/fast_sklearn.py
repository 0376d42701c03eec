"""What tutorials do: a pandas + scikit-learn Pipeline behind FastAPI, fitted on $DATA at start."""
import os, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from fastapi import FastAPI
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

x = pd.read_csv(os.environ["DATA"])
y = x.pop("y")
numeric = list(x.select_dtypes("number").columns)
other = [c for c in x if c not in numeric]
model = make_pipeline(
    ColumnTransformer([
        ("z", StandardScaler(), numeric),
        ("bins", KBinsDiscretizer(50, encode="onehot", strategy="quantile"), numeric),
        ("levels", OneHotEncoder(handle_unknown="ignore"), other)]),
    LogisticRegression(C=1.0, solver="liblinear")).fit(x, y)
columns = list(x.columns)
del x, y
app = FastAPI()


@app.post("/predict")
def predict(body: dict):
    p = float(model.predict_proba(pd.DataFrame([body["record"]], columns=columns))[0, 1])
    return {"label": str(int(p > 0.5)), "score": p, "threshold": 0.5}
