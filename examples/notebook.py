"""The quick start of Prophet's documentation with one import changed. `npm start`, then:

    pip install pandas matplotlib ./clients/python
    python3 examples/notebook.py

DEJA_URL names another server than http://127.0.0.1:8000. Nothing is fetched: the series is made here.
The page that this follows: https://facebook.github.io/prophet/docs/quick_start.html
"""

import numpy as np
import pandas as pd

from deja import Prophet  # was: from prophet import Prophet

# %% A series as of daily visits to a page: a trend that bends, weeks, years, noise, and days that are missing.
days = pd.date_range("2007-12-10", "2016-01-20")
noise = np.random.RandomState(7)
at = np.arange(len(days))
y = (
    8.5
    + np.interp(at, [0, 1200, 2200, len(at)], [0.0, 1.2, 0.4, 0.1])
    + 0.35 * np.cos(2 * np.pi * days.dayofweek.to_numpy() / 7)
    + 0.8 * np.cos(2 * np.pi * days.dayofyear.to_numpy() / 365.25)
    + noise.normal(0, 0.3, len(at))
)
df = pd.DataFrame({"ds": days, "y": y}).drop(index=noise.choice(at, 60, replace=False))
print(df.head())

# %%
m = Prophet()
m.fit(df)

# %%
future = m.make_future_dataframe(periods=365)
print(future.tail())

# %%
forecast = m.predict(future)
print(forecast[["ds", "yhat", "yhat_lower", "yhat_upper"]].tail())

# %% The plots need matplotlib.
try:
    fig1 = m.plot(forecast)
    fig2 = m.plot_components(forecast)
except NotImplementedError as missing:
    print(missing)
