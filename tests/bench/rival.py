"""What one would write instead of mlctl: pandas + scikit-learn, the same features, split and model.

rival.py train DATA           train on 70 %, print AUC, log-loss, Brier and the confusion matrix of the rest
rival.py predict DATA BIG OUT score BIG with a model fitted on DATA (its fitting is kept in a pickle)
rival.py describe DATA        what pandas says of every column
"""
import os, pickle, sys, warnings
import pandas as pd
from sklearn import metrics
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler
warnings.filterwarnings("ignore")


def fit(x, y):
    numeric = list(x.select_dtypes("number").columns)
    other = [c for c in x if c not in numeric]
    encode = ColumnTransformer([
        ("z", StandardScaler(), numeric),
        ("bins", KBinsDiscretizer(50, encode="onehot", strategy="quantile"), numeric),
        ("levels", OneHotEncoder(handle_unknown="ignore"), other)])
    return make_pipeline(encode, LogisticRegression(C=1.0, solver="liblinear")).fit(x, y)


def load(path):
    frame = pd.read_csv(path)
    return frame, frame.pop("y")


if sys.argv[1] == "train":
    x, y = load(sys.argv[2])
    x, held_x, y, held_y = train_test_split(x, y, test_size=0.3, random_state=42)
    p = fit(x, y).predict_proba(held_x)[:, 1]
    print(metrics.roc_auc_score(held_y, p), metrics.log_loss(held_y, p), metrics.brier_score_loss(held_y, p))
    print(metrics.confusion_matrix(held_y, p > 0.5))
elif sys.argv[1] == "describe":
    print(pd.read_csv(sys.argv[2]).describe(include="all"))
else:
    if not os.path.exists("rival.pickle"):
        with open("rival.pickle", "wb") as f:
            pickle.dump(fit(*load(sys.argv[2])), f)
    with open("rival.pickle", "rb") as f:
        model = pickle.load(f)
    x, y = load(sys.argv[3])
    p = model.predict_proba(x)[:, 1]
    pd.DataFrame({"trueLabel": y, "bestAnswer": (p > 0.5).astype(int), "score": p}).to_csv(sys.argv[4], index=False)
