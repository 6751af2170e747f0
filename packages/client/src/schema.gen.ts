// Generated from the API's OpenAPI document by `npm run client:types`. SHA-256 of the document:
// eee160f43a5824477ce7824fb80a31a6a2d0bc2490d2ca30d134f87a23442cd1
export interface paths {
    "/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forecast a series
         * @description Fits Prophet to the series, or uses a model that was fitted before. Answers from the cache if it can. Else the question becomes a job on the run of its key, which it shares with equal questions. Scope: `ask`.
         */
        post: operations["forecast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/forecast/many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forecast any number of series
         * @description Takes any number of questions and answers each as soon as it is there. Misses are bulk work, which delays nobody. Scope: `ask`.
         */
        post: operations["forecastMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict/many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Classify any number of texts
         * @description Takes any number of questions and answers each as soon as it is there. Misses are bulk work, which delays nobody. Scope: `ask`.
         */
        post: operations["predictMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/many": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask any model any number of questions
         * @description Takes any number of questions and answers each as soon as it is there. Misses are bulk work, which delays nobody. Scope: `ask`.
         */
        post: operations["runModelMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/forecast/cross-validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cross-validate a forecast
         * @description Prophet's cross-validation: a forecast from each of several cutoffs, and its errors. Each cutoff is a job of its own; send the same body again until all have ended. Scope: `ask`.
         */
        post: operations["crossValidateForecast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Classify the sentiment of a text
         * @description Positive, negative or neutral, with a confidence. Answers from the cache if it can. Else the question becomes a job on the run of its key, which it shares with equal questions. Scope: `ask`.
         */
        post: operations["predict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask any model
         * @description Takes and answers what the model describes under `/models/{name}`. Answers from the cache if it can. Else the question becomes a job on the run of its key, which it shares with equal questions. Scope: `ask`.
         */
        post: operations["runModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask one model many questions
         * @description Each item is answered as it would have been alone; equal inputs share a run. Scope: `ask`.
         */
        post: operations["predictBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a job
         * @description As it stands now. `Prefer: wait=N` holds the request until the job has ended. Scope: `ask`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Cancel a job
         * @description Cancels this job alone. Its run stops when no other job wants it. Scope: `ask`.
         */
        delete: operations["cancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the result of a job
         * @description What the submission would have answered, had it waited for the end. Scope: `ask`.
         */
        get: operations["getJobResult"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job
         * @description Server-sent events `status`, `progress` and `done`, each with the job as data. `Last-Event-ID` resumes the stream. Scope: `ask`.
         */
        get: operations["streamJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a job's webhook
         * @description One for each event, with its attempts. They are kept for longer than the job. Scope: `ask`.
         */
        get: operations["listJobDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/deliveries/{delivery}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a delivery again
         * @description Begins its schedule again, now, under the same `webhook-id`. Scope: `ask`.
         */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries of all jobs
         * @description For operators: it names the jobs of everybody. Scope: `admin`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all models
         * @description With their schemas, how long answers are cached, and what they are doing now. Scope: `read`.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describe a model
         * @description Its schemas, how long answers are cached, and what it is doing now. Scope: `read`.
         */
        get: operations["getModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/forecast/models/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the fitted models of a series
         * @description Those that a forecast of the series could use again now. Scope: `read`.
         */
        get: operations["listFittedModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the figures of the cache
         * @description Counts are over all replicas; sizes are those of the memory tier of the replica that answers. A key without the scope `admin` sees the counts of its tenant. Scope: `read`.
         */
        get: operations["getCacheStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the header of an entry
         * @description Where it is stored, how old it is, and until when it is served. Scope: `read`.
         */
        get: operations["getCacheEntry"];
        put?: never;
        post?: never;
        /**
         * Invalidate one entry
         * @description Once this is answered, no tier of any replica serves the entry. Scope: `invalidate`.
         */
        delete: operations["invalidateCacheKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Invalidate all entries, or those with a tag
         * @description Once this is answered, no tier of any replica serves any of them. Scope: `invalidate`.
         */
        delete: operations["invalidateCache"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invalidate-cache/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invalidate what belongs to a series
         * @description Its forecasts and its fitted models: the entries with its `model_id`. Scope: `invalidate`.
         */
        post: operations["invalidateModelId"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache/advice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what other sizes and lifetimes would give
         * @description Miniature simulations of the tiers over a sample of the keys that this replica was asked for, in the last one to two days. Scope: `observe`.
         */
        get: operations["getCacheAdvice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain whether the cache would answer a question
         * @description Computes nothing. Of a miss it tells the reason, and in what the question differs from the nearest one asked before. Scope: `read`.
         */
        post: operations["explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description Those that work or ended in the last 30 days, the newest first. Scope: `admin`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The answer has the key, this once. Scope: `admin`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Every process that reaches Redis refuses it within a second. It can be repeated. The last admin key is not revoked unless `ADMIN_KEY_SHA256` names another. Scope: `admin`.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an API key
         * @description Makes one with the same rights; the old one works for another 24 h. The answer has the new key, this once. Scope: `admin`.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who has done what
         * @description The newest first, of the last 10,000 entries or so. Scope: `admin`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics
         * @description In the text format of Prometheus. Scope: `observe`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the process is up
         * @description Also tells the version of the server and of its wire contract.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether to send requests here
         * @description `degraded`: requests are answered, but look at the checks.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the figures of the whole
         * @description Now, today and over the last hour. Figures that nobody can know yet are absent. Scope: `observe`.
         */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the figures of the whole
         * @description Server-sent events `overview`, one a second, each with the overview as data. Scope: `observe`.
         */
        get: operations["streamOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what was, in columns for plots
         * @description By minute for 7 days, by hour for 90. A step that nobody recorded is null. Scope: `observe`.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List runs
         * @description Every run that is kept, the newest first. What is added later comes before the first page, never in between. Scope: `admin`.
         */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a run
         * @description With all jobs that share it, its attempts, and the times of their steps. Scope: `admin`.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description Cancels all jobs that share it, whoever asked, and stops its computation. Scope: `admin`.
         */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the workers that are alive
         * @description What each has, and what it computes now. Scope: `observe`.
         */
        get: operations["listWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/receivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the receivers of webhooks
         * @description The hosts that deliveries go to, and whether they answer. Scope: `admin`.
         */
        get: operations["listReceivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the series of forecasts
         * @description Those that were computed in the last 90 days, up to 2,048. Scope: `admin`.
         */
        get: operations["listSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/series/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how a series was forecast
         * @description Which model answered and why, the last 100 times, and what was forecast for the last points before they came. Scope: `admin`.
         */
        get: operations["getSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/series/{model_id}/plot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what the newest model of a series shows
         * @description Its last points, the forecast with a band of 80 %, components and changepoints, in columns. Scope: `admin`.
         */
        get: operations["plotSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how many slots the open work needs
         * @description From the usual time of what waits and is computed, for what starts workers. Scope: `observe`.
         */
        get: operations["getScale"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ui/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in at the page
         * @description For the page at `/ui/`: only requests with `Sec-Fetch-Site: same-origin` are answered, which browsers send over https and on this machine. The cookie counts in such requests alone, and for 12 hours; clients send their key. 404 while keys are off.
         */
        post: operations["logIn"];
        /**
         * Log out of the page
         * @description Ends the session of the cookie, if there is one.
         */
        delete: operations["logOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.started": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has started
         * @description Sent to the URL of the submission, signed as Standard Webhooks say.
         */
        post: operations["onJobStarted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has succeeded
         * @description Sent to the URL of the submission, signed as Standard Webhooks say.
         */
        post: operations["onJobCompleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has failed
         * @description Sent to the URL of the submission, signed as Standard Webhooks say.
         */
        post: operations["onJobFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.canceled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job was canceled
         * @description Sent to the URL of the submission, signed as Standard Webhooks say.
         */
        post: operations["onJobCanceled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.expired": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has expired
         * @description Sent to the URL of the submission, signed as Standard Webhooks say.
         */
        post: operations["onJobExpired"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /** @description Who is called back; see the webhooks of this document */
        Webhook: {
            /** Format: uri */
            url: string;
            /** @description Default: all but `job.started` */
            events?: ("job.started" | "job.completed" | "job.failed" | "job.canceled" | "job.expired")[];
        };
        LogIn: {
            /** @description With the scope `admin` */
            key: string;
        };
        WebhookEvent: {
            /** @example job.completed */
            type: string;
            /** Format: date-time */
            timestamp: string;
            data: {
                job_id: string;
                /** @enum {string} */
                status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
                model: {
                    name: string;
                    version: number;
                };
                cache_key: string;
                deduplicated: boolean;
                /**
                 * @description Why the cache did not answer: the first that holds
                 * @enum {string}
                 */
                miss_reason?: "request_directive" | "invalidated" | "version_changed" | "expired" | "evicted" | "series_changed" | "options_changed" | "input_changed" | "never_seen";
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                started_at?: string;
                /** Format: date-time */
                finished_at?: string;
                /** Format: date-time */
                deadline_at: string;
                /** Format: date-time */
                retained_until: string;
                queue_position?: number;
                /** Format: date-time */
                estimated_ready_at?: string;
                progress?: {
                    fraction: number;
                    stage?: string;
                };
                result?: {
                    [key: string]: unknown;
                };
                error?: components["schemas"]["Problem"];
                /** @description In place of a large `result` */
                result_url?: string;
            };
        };
        /** @description RFC 9457 */
        Problem: {
            /** @description `urn:deja:problem:<name>`; the names never change */
            type: string;
            title: string;
            status: number;
            detail?: string;
            /** @description What is wrong with the body, at most 20; `path` is a JSON Pointer */
            errors?: {
                path: string;
                message: string;
            }[];
        };
        Forecast: {
            forecast: ({
                ds: string;
                yhat: number;
                yhat_lower?: number;
                yhat_upper?: number;
            } & {
                [key: string]: number;
            })[];
            components?: {
                trend: number[];
                seasonalities: {
                    [key: string]: number[];
                };
                holidays: {
                    [key: string]: number[];
                };
                regressors: {
                    [key: string]: number[];
                };
                additive_terms: number[];
                multiplicative_terms: number[];
            };
            model_id: string;
            model: {
                /** @enum {string} */
                source: "trained" | "cached" | "reused";
                reason: string;
                /** @enum {string} */
                cache_hit: "memory" | "redis" | "disk" | "none";
                /** Format: date-time */
                trained_at: string;
                trained_through: string;
                points: number;
                data_change: number;
                training_time_ms: number;
                next_point_due: string;
                name: string;
                version: number;
                engine: string;
            };
            warnings: {
                code: string;
                message: string;
            }[];
            /** Format: date-time */
            generated_at: string;
            /** @description A finished job, from the cache, whose webhook is called */
            job_id?: string;
            cached: boolean;
            /** @enum {string} */
            cache_hit: "memory" | "redis" | "disk" | "none";
            cache_key: string;
        };
        Accepted: {
            job_id: string;
            /**
             * @description Other than `queued` only for a job that was there
             * @enum {string}
             */
            status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            /** @constant */
            cached: false;
            /** @constant */
            cache_hit: "none";
            cache_key: string;
            deduplicated: boolean;
            /** Format: date-time */
            retained_until: string;
            urls: {
                self: string;
                result: string;
                events: string;
            };
        };
        CrossValidation: {
            model_id: string;
            cutoffs: string[];
            forecasts: {
                cutoff: string;
                ds: string;
                y: number;
                yhat: number;
                yhat_lower?: number;
                yhat_upper?: number;
            }[];
            performance: {
                horizon: string;
                mse: number;
                rmse: number;
                mae: number;
                mape?: number;
                mdape?: number;
                smape: number;
                coverage?: number;
            }[];
            warnings: {
                code: string;
                message: string;
            }[];
            cached: boolean;
            runs: {
                cutoff: string;
                cache_key: string;
                done: boolean;
                job_id?: string;
                urls?: {
                    self: string;
                    result: string;
                    events: string;
                };
            }[];
        };
        CrossValidationPending: {
            /** @constant */
            status: "running";
            total: number;
            done: number;
            runs: {
                cutoff: string;
                cache_key: string;
                done: boolean;
                job_id?: string;
                urls?: {
                    self: string;
                    result: string;
                    events: string;
                };
            }[];
        };
        Prediction: {
            result: {
                /** @enum {string} */
                sentiment: "positive" | "negative" | "neutral";
                confidence: number;
            };
            model: {
                name: string;
                version: number;
                engine: string;
            };
            inference_time_ms: number;
            /** @description A finished job, from the cache, whose webhook is called */
            job_id?: string;
            cached: boolean;
            /** @enum {string} */
            cache_hit: "memory" | "redis" | "disk" | "none";
            cache_key: string;
        };
        Answer: {
            /** @description A finished job, from the cache, whose webhook is called */
            job_id?: string;
            cached: boolean;
            /** @enum {string} */
            cache_hit: "memory" | "redis" | "disk" | "none";
            cache_key: string;
        } & {
            [key: string]: unknown;
        };
        Job: {
            job_id: string;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            model: {
                name: string;
                version: number;
            };
            cache_key: string;
            deduplicated: boolean;
            /**
             * @description Why the cache did not answer: the first that holds
             * @enum {string}
             */
            miss_reason?: "request_directive" | "invalidated" | "version_changed" | "expired" | "evicted" | "series_changed" | "options_changed" | "input_changed" | "never_seen";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            started_at?: string;
            /** Format: date-time */
            finished_at?: string;
            /** Format: date-time */
            deadline_at: string;
            /** Format: date-time */
            retained_until: string;
            queue_position?: number;
            /** Format: date-time */
            estimated_ready_at?: string;
            progress?: {
                fraction: number;
                stage?: string;
            };
            webhook?: {
                /** @description Without its query */
                url: string;
                /** @enum {string} */
                status: "waiting" | "none" | "pending" | "delivered" | "gone" | "dead";
                attempts: number;
                last_status_code?: number;
                /** Format: date-time */
                next_attempt_at?: string;
            };
            result?: {
                [key: string]: unknown;
            };
            error?: components["schemas"]["Problem"];
        };
        Delivery: {
            /** @description The `webhook-id` of every attempt */
            delivery_id: string;
            job_id: string;
            type: string;
            /** Format: date-time */
            created_at: string;
            /** @description Without its query */
            url: string;
            /** @enum {string} */
            status: "waiting" | "none" | "pending" | "delivered" | "gone" | "dead";
            attempts: number;
            last_status_code?: number;
            /** Format: date-time */
            next_attempt_at?: string;
            log: {
                /** Format: date-time */
                at: string;
                duration_ms: number;
                /** @description `delivered`, `gone`, or why it failed */
                outcome: string;
                status_code?: number;
            }[];
        };
        Model: {
            name: string;
            version: number;
            engine?: string;
            /** @enum {string} */
            lane: "short" | "long";
            /** @enum {string} */
            scope: "shared" | "tenant";
            timeout_ms: number;
            max_queue_ms?: number;
            per_slot: number;
            cache: false | {
                fresh_ms: number;
                stale_ms: number;
                stale_if_error_ms: number;
                eager_refresh?: number;
            };
            input: {
                [key: string]: unknown;
            };
            output: {
                [key: string]: unknown;
            };
            urls: {
                run: string;
            };
            /** @description Absent while the queue cannot be reached */
            live?: {
                hits: number;
                misses: number;
                stale: number;
                bypass: number;
                collapsed: number;
                compute_seconds_saved: number;
                queued: number;
                running: number;
                usual_ms?: number;
                workers: number;
                workers_of_other_versions: number;
            };
        };
        FittedModels: {
            model_id: string;
            models: {
                key: string;
                /** Format: date-time */
                trained_at: string;
                training_time_ms: number;
                points: number;
                /** Format: date-time */
                from: string;
                /** Format: date-time */
                through: string;
                freq: string;
                rmse: number;
                options: {
                    [key: string]: unknown;
                };
                /** @enum {string} */
                tier: "memory" | "redis" | "disk";
                bytes: number;
                /** Format: date-time */
                kept_until: string;
                uses: number;
                /** Format: date-time */
                last_used_at?: string;
            }[];
        };
        Stats: {
            /** @description Whose figures these are. Absent: of all */
            tenant?: string;
            hits: number;
            misses: number;
            hit_ratio: number;
            /** @description Of all tenants together: absent from the figures of one */
            size?: number;
            /** @description Of all tenants together: absent from the figures of one */
            max_size?: number;
            /** @description Of all tenants together: absent from the figures of one */
            evictions?: number;
            ttl_seconds: number;
            /** @description Of all tenants together: absent from the figures of one */
            memory_mb?: number;
            stale: number;
            bypass: number;
            collapsed: number;
            /** @description Of all tenants together: absent from the figures of one */
            fenced?: number;
            compute_seconds_saved: number;
            /** @description Questions that the cache did not answer, by reason; what never held is absent */
            miss_reasons: {
                [key: string]: number;
            };
            /** @description Of all tenants together: absent from the figures of one */
            tiers?: {
                memory: {
                    hits: number;
                    misses: number;
                    size: number;
                    bytes: number;
                    max_bytes: number;
                    evictions: number;
                    errors: number;
                    /** @enum {string} */
                    breaker: "closed" | "open";
                };
                redis: {
                    hits: number;
                    misses: number;
                    size: number;
                    bytes: number;
                    max_bytes: number;
                    evictions: number;
                    errors: number;
                    /** @enum {string} */
                    breaker: "closed" | "open";
                };
                disk: {
                    hits: number;
                    misses: number;
                    size: number;
                    bytes: number;
                    max_bytes: number;
                    evictions: number;
                    errors: number;
                    /** @enum {string} */
                    breaker: "closed" | "open";
                };
            };
            models: {
                [key: string]: {
                    hits: number;
                    misses: number;
                    stale: number;
                    bypass: number;
                    collapsed: number;
                    compute_seconds_saved: number;
                    /** @description Questions that the cache did not answer, by reason; what never held is absent */
                    miss_reasons: {
                        [key: string]: number;
                    };
                };
            };
            /** @description Of all tenants together: absent from the figures of one */
            replica?: string;
            /** @description Of all tenants together: absent from the figures of one */
            own?: {
                [key: string]: number;
            };
            /** Format: date-time */
            since: string;
        };
        Entry: {
            key: string;
            model: string;
            tags: string[];
            /** @enum {string} */
            tier: "memory" | "redis" | "disk";
            /** @enum {string} */
            state: "fresh" | "stale";
            bytes: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            fresh_until: string;
            /** Format: date-time */
            stale_until: string;
            age: number;
            ttl: number;
            compute_ms: number;
            token: {
                epoch: number;
                seq: number;
                id: string;
            };
            computation: number;
            tiers: {
                [key: string]: "absent" | "fresh" | "stale" | "fenced";
            };
        };
        Invalidated: {
            message: string;
            scope: string;
            /** @description The number of the record; where the queue has several shards, that of each by the number of the shard. `X-Cache-Min-Seq` takes it back, the object as JSON */
            seq: number | {
                [key: string]: number;
            };
        };
        Advice: {
            /** @description Simulated: what a tier of this size would have answered */
            sizes: {
                /** @enum {string} */
                tier: "memory" | "redis" | "disk";
                /**
                 * @description 1: the actual size
                 * @enum {number}
                 */
                factor: 0.25 | 0.5 | 1 | 2 | 4 | 8;
                max_bytes: number;
                hit_ratio: number;
                /** @description Of memory */
                lookup_seconds_saved?: number;
                /** @description Of the lowest bounded tier */
                compute_seconds_saved?: number;
            }[];
            /** @description What the tiers did answer */
            measured: {
                /** @enum {string} */
                tier: "memory" | "redis" | "disk";
                hit_ratio: number;
                /** @description Of memory */
                lookup_seconds_saved?: number;
                /** @description Of the lowest bounded tier */
                compute_seconds_saved?: number;
            }[];
            /** @description 200 keys or more were sampled, and the actual size was simulated within 5 points */
            trusted: boolean;
            /** @description Simulated, in a cache without bounds: other lifetimes of answers */
            ttls: {
                model: string;
                /**
                 * @description 1: the actual lifetime
                 * @enum {number}
                 */
                factor: 0.25 | 0.5 | 1 | 2 | 4 | 8;
                ttl_s: number;
                hit_ratio: number;
                compute_seconds_saved: number;
                /** @description Computations that gave the answer of the one before */
                unchanged_ratio: number | null;
            }[];
            /** Format: date-time */
            since: string;
        };
        Explanation: {
            cache_key: string;
            /** @enum {string} */
            outcome: "hit" | "stale" | "miss";
            /** @enum {string} */
            tier?: "memory" | "redis" | "disk";
            /**
             * @description Why the cache did not answer: the first that holds
             * @enum {string}
             */
            reason?: "request_directive" | "invalidated" | "version_changed" | "expired" | "evicted" | "series_changed" | "options_changed" | "input_changed" | "never_seen";
            sentence: string;
            /** @description The earlier question that is most like this one */
            nearest?: {
                cache_key: string;
                /** Format: date-time */
                asked_at: string;
                differs: {
                    /** @description A JSON Pointer into the input; `/model/version`, `/model/engine` */
                    path: string;
                    /** @description Of short values of a forecast only */
                    was?: unknown;
                    is?: unknown;
                    /** @description Of the series: rows that are new */
                    added?: number;
                    altered?: number;
                    removed?: number;
                    /** @description The first date that differs */
                    from?: string;
                }[];
            };
        };
        KeyList: {
            keys: components["schemas"]["Key"][];
        };
        Key: {
            /** @description The 10 characters after `deja_sk_` or `deja_ad_` */
            id: string;
            tenant: string;
            name: string;
            scopes: ("read" | "ask" | "invalidate" | "observe" | "admin")[];
            /** @description Absent: all */
            models?: string[];
            rpm?: number;
            max_open_runs?: number;
            max_input_mb?: number;
            weight: number;
            /** @enum {string} */
            state: "active" | "expired" | "revoked";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at?: string;
            /** Format: date-time */
            revoked_at?: string;
            /** @description The id of its successor */
            replaced_by?: string;
            /**
             * Format: date-time
             * @description To the minute; absent: never
             */
            last_used_at?: string;
        };
        CreatedKey: {
            /** @description The 10 characters after `deja_sk_` or `deja_ad_` */
            id: string;
            tenant: string;
            name: string;
            scopes: ("read" | "ask" | "invalidate" | "observe" | "admin")[];
            /** @description Absent: all */
            models?: string[];
            rpm?: number;
            max_open_runs?: number;
            max_input_mb?: number;
            weight: number;
            /** @enum {string} */
            state: "active" | "expired" | "revoked";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at?: string;
            /** Format: date-time */
            revoked_at?: string;
            /** @description The id of its successor */
            replaced_by?: string;
            /**
             * Format: date-time
             * @description To the minute; absent: never
             */
            last_used_at?: string;
            /** @description The key itself. Nobody can be told it again */
            key: string;
        };
        /** @description `replaced` works until its `expires_at` */
        RotatedKey: {
            /** @description The 10 characters after `deja_sk_` or `deja_ad_` */
            id: string;
            tenant: string;
            name: string;
            scopes: ("read" | "ask" | "invalidate" | "observe" | "admin")[];
            /** @description Absent: all */
            models?: string[];
            rpm?: number;
            max_open_runs?: number;
            max_input_mb?: number;
            weight: number;
            /** @enum {string} */
            state: "active" | "expired" | "revoked";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at?: string;
            /** Format: date-time */
            revoked_at?: string;
            /** @description The id of its successor */
            replaced_by?: string;
            /**
             * Format: date-time
             * @description To the minute; absent: never
             */
            last_used_at?: string;
            /** @description The key itself. Nobody can be told it again */
            key: string;
            replaced: components["schemas"]["Key"];
        };
        AuditList: {
            entries: {
                /** Format: date-time */
                at: string;
                /** @description The id of a key; `command`: whoever ran the command; `-`: keys are off */
                actor: string;
                /** @description Whose keys, jobs or entries; where they are everybody’s, of the actor */
                tenant: string;
                /** @description Now key.created, key.rotated, key.revoked, key.refused, cache.invalidated, job.canceled, run.canceled, delivery.redelivered, session.created */
                action: string;
                /** @description The id of the key, job, run or delivery; what was invalidated; the address that a refused key came from */
                target: string;
                /** @description The `X-Request-Id` of the answer */
                request_id: string;
                /** @description So many refused keys before this one have no entry */
                left_out?: number;
                id: string;
            }[];
            /** @description For `before`; absent: these are the last */
            next_cursor?: string;
        };
        Health: {
            /** @constant */
            status: "ok";
            version: string;
            /**
             * @description Version of this contract; a new one may break clients of the one before
             * @constant
             */
            wire: 1;
        };
        Readiness: {
            /** @enum {string} */
            status: "ok" | "degraded" | "starting" | "draining";
            checks: {
                /**
                 * @description failing: connected, but Redis refuses what Deja needs
                 * @enum {string}
                 */
                redis: "ok" | "failing" | "down";
                /** @enum {string} */
                cache_redis: "ok" | "failing" | "down";
                /** @enum {string} */
                disk: "ok" | "off";
                workers: number;
            };
            /** @description What is wrong with a Redis: what it replied, or why it is not reached */
            reasons: {
                redis?: string;
                cache_redis?: string;
            };
        };
        Overview: {
            /** Format: date-time */
            at: string;
            version: string;
            replica: string;
            /**
             * Format: date-time
             * @description When counting began
             */
            since: string;
            /** @description Whether clients need a key */
            keys: boolean;
            /** @description Compute seconds that the cache saved today */
            seconds_saved: number;
            /** @description What runs took today */
            seconds_computed: number;
            /** @description Of the last five minutes */
            hit_ratio?: number;
            hit_ratio_hour_ago?: number;
            hit_ratio_today?: number;
            /** @description Over the last ten seconds */
            requests_per_s: {
                hit: number;
                stale: number;
                miss: number;
                bypass: number;
                total: number;
            };
            requests_today: {
                hit: number;
                stale: number;
                miss: number;
                bypass: number;
                collapsed: number;
            };
            /** @description Of the last 24 hours */
            miss_reasons_day: {
                [key: string]: number;
            };
            /** @description Over all lanes */
            oldest_wait_s?: number;
            /** @enum {string} */
            oldest_wait_lane?: "short" | "long" | "bulk" | "refresh";
            runs: {
                open: number;
                queued: number;
                running: number;
                retrying: number;
                ended_last_hour: number;
                failed_last_hour: number;
            };
            workers: number;
            slots: {
                slots: number;
                busy: number;
                wanted: number;
            };
            /** @description Estimates of the last 24 hours, of waits of 2 s and more */
            eta_error: {
                p50?: number;
                p90?: number;
                count: number;
            };
            lanes: {
                /** @enum {string} */
                lane: "short" | "long" | "bulk" | "refresh";
                queued: number;
                running: number;
                /** @description Of the queued, those that were tried before */
                retrying: number;
                /** @description Absent: nothing waits */
                oldest_wait_s?: number;
                /** @description Half waited no longer, last 24 hours */
                usual_wait_s?: number;
                /** @description Of runs that began in the last hour */
                waited_p50_s?: number;
                waited_p95_s?: number;
                /** @description Of runs that ended in the last hour */
                computed_p50_s?: number;
                computed_p95_s?: number;
                eta_error_p50?: number;
                eta_error_p90?: number;
            }[];
            tiers: {
                /** @enum {string} */
                tier: "memory" | "redis" | "disk";
                /**
                 * @description skipped: it is slow or broken, and the others answer without it
                 * @enum {string}
                 */
                state: "up" | "skipped" | "off";
                /** Format: date-time */
                skipped_since?: string;
                /** @description Over all replicas, since `since` */
                hits: number;
                misses: number;
                /** @description Its part of all hits */
                hit_share?: number;
                entries: number;
                bytes: number;
                /** @description 0: no limit of its own */
                max_bytes: number;
                evicted_last_hour: number;
                errors: number;
                /** @description Of the last look-ups of this replica */
                lookup_p50_ms?: number;
                lookup_p95_ms?: number;
            }[];
            /** @description Today */
            models: {
                name: string;
                version: number;
                engine?: string;
                requests: number;
                hit_ratio?: number;
                /** @description Misses that joined a run that was there */
                collapsed: number;
                seconds_saved: number;
                failed: number;
                usual_s?: number;
                queued: number;
                running: number;
            }[];
            webhooks: {
                pending: number;
                dead: number;
                lag_s: number;
            };
            history: {
                minute_days: number;
                hour_days: number;
                bytes: number;
            };
        };
        History: {
            /** @enum {string} */
            metric: "requests" | "hit_ratio" | "seconds" | "wait_s" | "run_s" | "oldest_wait_s" | "queued" | "open_runs" | "slots" | "runs" | "evictions" | "deliveries" | "eta_error" | "miss_reasons";
            /** @description Unit: s */
            step: number;
            /** @description When each step began */
            times: string[];
            /** @description By series; null: nothing is known of that step */
            values: {
                [key: string]: (number | null)[];
            };
        };
        Runs: {
            runs: {
                run: string;
                /**
                 * @description retrying: it was tried, and waits again
                 * @enum {string}
                 */
                state: "queued" | "retrying" | "running" | "succeeded" | "failed" | "canceled" | "expired";
                model: {
                    name: string;
                    version: number;
                };
                /** @description The series of a forecast */
                model_id?: string;
                /** @description For whom it counts; `default` without keys */
                tenant: string;
                /** @enum {string} */
                lane: "short" | "long" | "bulk" | "refresh";
                cache_key: string;
                tags: string[];
                /** @description Jobs that share it, or did */
                job_count: number;
                /** @description Of the question that opened it; absent where many share it */
                miss_reason?: string;
                /** Format: date-time */
                created_at: string;
                /**
                 * Format: date-time
                 * @description Of its first attempt
                 */
                started_at?: string;
                /** Format: date-time */
                finished_at?: string;
                /** @description Until its first attempt, its end, or now */
                waited_s: number;
                /** @description Its last attempt, until its end or now */
                computed_s?: number;
                /** @description Of runs of its model */
                usual_s?: number;
                tries: number;
                max_tries: number;
                /** @description That computes it, or computed it last */
                worker?: string;
                progress?: {
                    fraction: number;
                    stage?: string;
                };
                /** @description false: its answer is for those who asked alone */
                stored: boolean;
            }[];
            /** @description Where to go on, also where this page has few runs. Absent: there are no more */
            next_cursor?: string;
        };
        Run: {
            run: string;
            /**
             * @description retrying: it was tried, and waits again
             * @enum {string}
             */
            state: "queued" | "retrying" | "running" | "succeeded" | "failed" | "canceled" | "expired";
            model: {
                name: string;
                version: number;
            };
            /** @description The series of a forecast */
            model_id?: string;
            /** @description For whom it counts; `default` without keys */
            tenant: string;
            /** @enum {string} */
            lane: "short" | "long" | "bulk" | "refresh";
            cache_key: string;
            tags: string[];
            /** @description Jobs that share it, or did */
            job_count: number;
            /** @description Of the question that opened it; absent where many share it */
            miss_reason?: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Of its first attempt
             */
            started_at?: string;
            /** Format: date-time */
            finished_at?: string;
            /** @description Until its first attempt, its end, or now */
            waited_s: number;
            /** @description Its last attempt, until its end or now */
            computed_s?: number;
            /** @description Of runs of its model */
            usual_s?: number;
            tries: number;
            max_tries: number;
            /** @description That computes it, or computed it last */
            worker?: string;
            progress?: {
                fraction: number;
                stage?: string;
            };
            /** @description false: its answer is for those who asked alone */
            stored: boolean;
            queue_position?: number;
            attempts: {
                try: number;
                worker: string;
                host: string;
                /** @enum {string} */
                lane: "short" | "long" | "bulk" | "refresh";
                /** Format: date-time */
                began_at: string;
                took_s: number;
                /** @description answered, failed, again, takes-long, alone, stopped, given back */
                outcome: string;
                /** @description Why it failed */
                code?: string;
                /** @description compute, store, publish */
                steps: {
                    step: string;
                    /** Format: date-time */
                    at: string;
                    took_s: number;
                }[];
            }[];
            /** @description The progress that its model reported, the last 64 */
            stages: {
                fraction: number;
                stage?: string;
                /** Format: date-time */
                at: string;
            }[];
            /** @description All jobs that share it, up to 1,000 */
            jobs: {
                job_id: string;
                tenant: string;
                /** @enum {string} */
                status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
                /** Format: date-time */
                asked_at: string;
                /** @description The name of the key; absent without keys */
                asked_by?: string;
                /**
                 * @description How it hears of the end
                 * @enum {string}
                 */
                how: "wait" | "webhook" | "poll";
                deduplicated: boolean;
                /** Format: date-time */
                deadline_at: string;
                miss_reason?: string;
                /**
                 * Format: date-time
                 * @description When the request that waited had its answer, or the receiver its webhook
                 */
                told_at?: string;
                /** Format: date-time */
                finished_at?: string;
            }[];
            error?: components["schemas"]["Problem"];
        };
        CanceledRun: {
            run: string;
            /** @constant */
            state: "canceled";
            jobs_canceled: number;
        };
        Workers: {
            workers: {
                worker: string;
                host?: string;
                pid?: number;
                /** Format: date-time */
                started_at?: string;
                heartbeat_age_s: number;
                slots: number;
                busy: number;
                /** @description With its slots */
                memory_bytes?: number;
                models: {
                    name: string;
                    version: number;
                    engine?: string;
                }[];
                running: {
                    run: string;
                    model: string;
                    /** @enum {string} */
                    lane: "short" | "long" | "bulk" | "refresh";
                    for_s: number;
                }[];
            }[];
        };
        Receivers: {
            receivers: {
                host: string;
                /**
                 * @description rests: nothing is sent to it for now. unknown: no worker has sent to it
                 * @enum {string}
                 */
                state: "answers" | "silent" | "rests" | "unknown";
                /** Format: date-time */
                rests_until?: string;
                last_status?: number;
                /** @description Since the workers started */
                attempts: number;
                delivered: number;
                pending: number;
                dead: number;
                p95_s?: number;
            }[];
        };
        SeriesList: {
            series: {
                model_id: string;
                /** @description Whose it is; `default` without keys */
                tenant: string;
                /** Format: date-time */
                asked_at: string;
                /** Format: date-time */
                trained_at: string;
                /** @description Of the model that answered last */
                age_s: number;
                last_decision: {
                    /** Format: date-time */
                    at: string;
                    /** @enum {string} */
                    source: "trained" | "cached" | "reused";
                    /** @description same_series, small_change, no_model, model_too_old, data_changed, model_degraded */
                    reason: string;
                    /** @description Share of the points that differ from the kept model’s */
                    data_change: number;
                    points: number;
                    /**
                     * Format: date-time
                     * @description When the model that answered was trained
                     */
                    trained_at: string;
                    /** @description Root mean square error of the model that answered, on what it was trained on */
                    error_training?: number;
                    /** @description The same of the kept model, on points that it had not seen */
                    error_new?: number;
                    /** @description error_new over the kept model’s error in training */
                    error_ratio?: number;
                    /** @description Share of the new points within the band of 80 % */
                    coverage?: number;
                    new_points: number;
                    took_ms: number;
                };
                /** @description The last that could be told */
                error_ratio?: number;
                coverage?: number;
            }[];
            next_cursor?: string;
        };
        Series: {
            model_id: string;
            /** @description Whose it is; `default` without keys */
            tenant: string;
            /** @description The last 100, the newest first */
            decisions: {
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                source: "trained" | "cached" | "reused";
                /** @description same_series, small_change, no_model, model_too_old, data_changed, model_degraded */
                reason: string;
                /** @description Share of the points that differ from the kept model’s */
                data_change: number;
                points: number;
                /**
                 * Format: date-time
                 * @description When the model that answered was trained
                 */
                trained_at: string;
                /** @description Root mean square error of the model that answered, on what it was trained on */
                error_training?: number;
                /** @description The same of the kept model, on points that it had not seen */
                error_new?: number;
                /** @description error_new over the kept model’s error in training */
                error_ratio?: number;
                /** @description Share of the new points within the band of 80 % */
                coverage?: number;
                new_points: number;
                took_ms: number;
            }[];
            /** @description What was forecast for the last points before they came, by ds */
            came: {
                ds: string[];
                y: number[];
                yhat: number[];
                yhat_lower: number[];
                yhat_upper: number[];
                /** @description When the model was trained that said so */
                made_at: string[];
            };
            /** @description Of what came. Absent: nothing has yet */
            accuracy?: {
                points: number;
                /** @description Sum of |y - yhat| over the sum of |y| */
                mean_error_share?: number;
                /** @description Share within the band of 80 % */
                within_band: number;
            };
        };
        SeriesPlot: {
            model_id: string;
            /** Format: date-time */
            trained_at: string;
            freq: string;
            /** @description The last points of the series, then the forecast */
            ds: string[];
            y: (number | null)[];
            yhat: number[];
            yhat_lower: number[];
            yhat_upper: number[];
            /** @description trend, each seasonality, holidays; columns beside ds */
            components: {
                [key: string]: number[];
            };
            changepoints: {
                ds: string;
                delta: number;
            }[];
        };
        Scale: {
            /** @description With so many slots what waits now would begin within 10 s */
            slots_wanted: number;
            slots: number;
            /** @description What is open takes one slot about so long */
            work_seconds: number;
            oldest_wait_s: number;
            by_lane: {
                [key: string]: {
                    queued: number;
                    running: number;
                    work_seconds: number;
                    oldest_wait_s: number;
                };
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    forecast: {
        parameters: {
            query?: never;
            header?: {
                /** @description `no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (RFC 9111), `stale-if-error` (RFC 5861) */
                "Cache-Control"?: string;
                /** @description Equal ones, for equal questions, give the same job for 24 h */
                "Idempotency-Key"?: string;
                /** @description The job expires after `30s`, `5m`, `2h` */
                "Cancel-After"?: string;
                /** @description `wait=N`: hold the request for up to N seconds until the run has ended */
                Prefer?: string;
                /** @description Answer only with knowledge of this invalidation */
                "X-Cache-Min-Seq"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model_id: string;
                    /** @description The series, in any order. Dates all without a time zone, or all with one. Beside y: cap, floor, and what the options name. */
                    data: ({
                        /** @description ISO 8601 date, or date and time; docs/api.md lists other spellings */
                        ds: string;
                        /** @description null: a gap */
                        y: number | null;
                    } & {
                        [key: string]: number | boolean | null;
                    })[];
                    /** @description Steps of freq after the last date. Default: the dates of future */
                    periods?: number;
                    freq?: string;
                    /** @description Values of cap, floor, regressors and conditions at the dates of the forecast. */
                    future?: ({
                        /** @description ISO 8601 date, or date and time; docs/api.md lists other spellings */
                        ds: string;
                    } & {
                        [key: string]: number | boolean;
                    })[];
                    options?: {
                        /**
                         * @default linear
                         * @enum {string}
                         */
                        growth?: "linear" | "logistic" | "flat";
                        /** @description Of logistic growth: the same at every date */
                        cap?: number;
                        /** @description Of logistic growth: the same at every date */
                        floor?: number;
                        changepoints?: string[];
                        /** @default 25 */
                        n_changepoints?: number;
                        /** @default 0.8 */
                        changepoint_range?: number;
                        /** @default 0.05 */
                        changepoint_prior_scale?: number;
                        /** @default auto */
                        yearly_seasonality?: "auto" | boolean | number;
                        /** @default auto */
                        weekly_seasonality?: "auto" | boolean | number;
                        /** @default auto */
                        daily_seasonality?: "auto" | boolean | number;
                        /**
                         * @default additive
                         * @enum {string}
                         */
                        seasonality_mode?: "additive" | "multiplicative";
                        /** @default 10 */
                        seasonality_prior_scale?: number;
                        seasonalities?: {
                            name: string;
                            /** @description Unit: days */
                            period: number;
                            fourier_order: number;
                            prior_scale?: number;
                            /** @enum {string} */
                            mode?: "additive" | "multiplicative";
                            condition_name?: string;
                        }[];
                        holidays?: {
                            holiday: string;
                            ds: string;
                            /** @default 0 */
                            lower_window?: number;
                            /** @default 0 */
                            upper_window?: number;
                            prior_scale?: number;
                        }[];
                        /** @default 10 */
                        holidays_prior_scale?: number;
                        /** @enum {string} */
                        holidays_mode?: "additive" | "multiplicative";
                        /** @description ISO 3166-1 or 3166-2, e.g. "US" or "US-CA" */
                        country_holidays?: string;
                        regressors?: {
                            name: string;
                            prior_scale?: number;
                            /** @default auto */
                            standardize?: "auto" | boolean;
                            /** @enum {string} */
                            mode?: "additive" | "multiplicative";
                        }[];
                        /**
                         * @default absmax
                         * @enum {string}
                         */
                        scaling?: "absmax" | "minmax";
                        /** @default 0.8 */
                        interval_width?: number;
                        /**
                         * @description Further intervals: 0.5 adds yhat_lower_50 and yhat_upper_50, and so on
                         * @default []
                         */
                        interval_widths?: number[];
                        /**
                         * @description Simulated paths of logistic growth; 0, with any growth: no bounds
                         * @default 1000
                         */
                        uncertainty_samples?: number;
                        /** @default false */
                        include_history?: boolean;
                        /** @default false */
                        components?: boolean;
                        /** @default 0.1 */
                        max_data_change?: number;
                        /** @default 86400 */
                        max_model_age_s?: number;
                    };
                    webhook?: components["schemas"]["Webhook"];
                };
            };
        };
        responses: {
            /** @description From the cache, or computed while the request waited */
            200: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forecast"];
                };
            };
            /** @description Being computed: poll the job */
            202: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not JSON. A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This Idempotency-Key was used for another question. The model refuses this input. No webhook is sent to this URL. Webhooks are not set up here */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind. The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue is full. The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model took too long. Nothing is stored that would do, and only that was asked for */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forecastMany: {
        parameters: {
            query?: {
                /** @description Steps to forecast, of each series */
                periods?: string;
                /** @description Frequency of all series */
                freq?: string;
                /** @description Options of all forecasts, as JSON */
                options?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description The answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    predictMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description The answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runModelMany: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description The answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request did not arrive in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    crossValidateForecast: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model_id: string;
                    /** @description The series, in any order. Dates all without a time zone, or all with one. Beside y: cap, floor, and what the options name. */
                    data: ({
                        /** @description ISO 8601 date, or date and time; docs/api.md lists other spellings */
                        ds: string;
                        /** @description null: a gap */
                        y: number | null;
                    } & {
                        [key: string]: number | boolean | null;
                    })[];
                    freq?: string;
                    options?: {
                        /**
                         * @default linear
                         * @enum {string}
                         */
                        growth?: "linear" | "logistic" | "flat";
                        /** @description Of logistic growth: the same at every date */
                        cap?: number;
                        /** @description Of logistic growth: the same at every date */
                        floor?: number;
                        changepoints?: string[];
                        /** @default 25 */
                        n_changepoints?: number;
                        /** @default 0.8 */
                        changepoint_range?: number;
                        /** @default 0.05 */
                        changepoint_prior_scale?: number;
                        /** @default auto */
                        yearly_seasonality?: "auto" | boolean | number;
                        /** @default auto */
                        weekly_seasonality?: "auto" | boolean | number;
                        /** @default auto */
                        daily_seasonality?: "auto" | boolean | number;
                        /**
                         * @default additive
                         * @enum {string}
                         */
                        seasonality_mode?: "additive" | "multiplicative";
                        /** @default 10 */
                        seasonality_prior_scale?: number;
                        seasonalities?: {
                            name: string;
                            /** @description Unit: days */
                            period: number;
                            fourier_order: number;
                            prior_scale?: number;
                            /** @enum {string} */
                            mode?: "additive" | "multiplicative";
                            condition_name?: string;
                        }[];
                        holidays?: {
                            holiday: string;
                            ds: string;
                            /** @default 0 */
                            lower_window?: number;
                            /** @default 0 */
                            upper_window?: number;
                            prior_scale?: number;
                        }[];
                        /** @default 10 */
                        holidays_prior_scale?: number;
                        /** @enum {string} */
                        holidays_mode?: "additive" | "multiplicative";
                        /** @description ISO 3166-1 or 3166-2, e.g. "US" or "US-CA" */
                        country_holidays?: string;
                        regressors?: {
                            name: string;
                            prior_scale?: number;
                            /** @default auto */
                            standardize?: "auto" | boolean;
                            /** @enum {string} */
                            mode?: "additive" | "multiplicative";
                        }[];
                        /**
                         * @default absmax
                         * @enum {string}
                         */
                        scaling?: "absmax" | "minmax";
                        /** @default 0.8 */
                        interval_width?: number;
                        /**
                         * @description Further intervals: 0.5 adds yhat_lower_50 and yhat_upper_50, and so on
                         * @default []
                         */
                        interval_widths?: number[];
                        /**
                         * @description Simulated paths of logistic growth; 0, with any growth: no bounds
                         * @default 1000
                         */
                        uncertainty_samples?: number;
                        /** @default false */
                        include_history?: boolean;
                        /** @default false */
                        components?: boolean;
                        /** @default 0.1 */
                        max_data_change?: number;
                        /** @default 86400 */
                        max_model_age_s?: number;
                    };
                    /** @description How far each forecast goes */
                    horizon: string | number;
                    /** @description The least to learn from. Default: 3 horizons, or the longest seasonality */
                    initial?: string | number;
                    /** @description Between two cutoffs. Default: half a horizon */
                    period?: string | number;
                    /** @description Instead of initial and period */
                    cutoffs?: string[];
                    /**
                     * @description Share of all predictions in each window of the metrics
                     * @default 0.1
                     */
                    rolling_window?: number;
                };
            };
        };
        responses: {
            /** @description All forecasts are there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CrossValidation"];
                };
            };
            /** @description Some are being computed: send it again */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CrossValidationPending"];
                };
            };
            /** @description The body is not JSON. A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model refuses this input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind. The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue is full. The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model took too long */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    predict: {
        parameters: {
            query?: never;
            header?: {
                /** @description `no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (RFC 9111), `stale-if-error` (RFC 5861) */
                "Cache-Control"?: string;
                /** @description Equal ones, for equal questions, give the same job for 24 h */
                "Idempotency-Key"?: string;
                /** @description The job expires after `30s`, `5m`, `2h` */
                "Cancel-After"?: string;
                /** @description `wait=N`: hold the request for up to N seconds until the run has ended */
                Prefer?: string;
                /** @description Answer only with knowledge of this invalidation */
                "X-Cache-Min-Seq"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description English text */
                    text: string;
                    webhook?: components["schemas"]["Webhook"];
                };
            };
        };
        responses: {
            /** @description From the cache, or computed while the request waited */
            200: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prediction"];
                };
            };
            /** @description Being computed: poll the job */
            202: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not JSON. A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This Idempotency-Key was used for another question. The model refuses this input. No webhook is sent to this URL. Webhooks are not set up here */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind. The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue is full. The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model took too long. Nothing is stored that would do, and only that was asked for */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runModel: {
        parameters: {
            query?: never;
            header?: {
                /** @description `no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (RFC 9111), `stale-if-error` (RFC 5861) */
                "Cache-Control"?: string;
                /** @description Equal ones, for equal questions, give the same job for 24 h */
                "Idempotency-Key"?: string;
                /** @description The job expires after `30s`, `5m`, `2h` */
                "Cancel-After"?: string;
                /** @description `wait=N`: hold the request for up to N seconds until the run has ended */
                Prefer?: string;
                /** @description Answer only with knowledge of this invalidation */
                "X-Cache-Min-Seq"?: string;
            };
            path: {
                /** @description Name of the model */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description From the cache, or computed while the request waited */
            200: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description Being computed: poll the job */
            202: {
                headers: {
                    /** @description `"stored";q=600;w=60`: how many questions the tenant may ask in a minute, of the cache (`stored`) or to be computed (`computed`). Only where there is such a bound */
                    "RateLimit-Policy"?: string;
                    /** @description `"stored";r=599;t=1`: how many are left, and in how many seconds there are more */
                    RateLimit?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body is not JSON. A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This Idempotency-Key was used for another question. The model refuses this input. No webhook is sent to this URL. Webhooks are not set up here */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind. The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue is full. The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model took too long. Nothing is stored that would do, and only that was asked for */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    predictBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    inputs: unknown[];
                    webhook?: components["schemas"]["Webhook"];
                };
            };
        };
        responses: {
            /** @description The items, in order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            status: number;
                            body: {
                                [key: string]: unknown;
                            };
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model refuses this input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is canceled */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job has ended otherwise */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJobResult: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description The job has not ended */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job was canceled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model refuses this input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model took too long. The job did not end before its deadline */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamJobEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Nothing comes after the event that was seen last */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many event streams are open */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deliveries, oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: components["schemas"]["Delivery"][];
                    };
                };
            };
            /** @description There is no such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `job_id` of a submission */
                id: string;
                /** @description Its `delivery_id` */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is due */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description There is no such delivery */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The delivery has not ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What the delivery would say is no longer kept */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The tenant has as much as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue is full */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                status?: "dead" | "pending" | "over";
                limit?: string;
                offset?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: components["schemas"]["Delivery"][];
                    };
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: components["schemas"]["Model"][];
                    };
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFittedModels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `model_id` of a forecast */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fitted models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FittedModels"];
                };
            };
            /** @description The list of fitted models cannot be read */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCacheStats: {
        parameters: {
            query?: {
                /** @description Of this tenant; with the scope `admin`. Default: of your own, with it of all */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has not the scope that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCacheEntry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `cache_key` of an answer */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The header */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such entry */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invalidateCacheKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `cache_key` of an answer */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is invalidated */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invalidated"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invalidateCache: {
        parameters: {
            query?: {
                /** @description Default: all */
                tag?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are invalidated */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invalidated"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invalidateModelId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `model_id` of a forecast */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are invalidated */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invalidated"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There were too many requests of this kind */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCacheAdvice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The simulations, beside what was measured */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Advice"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                    input: unknown;
                };
            };
        };
        responses: {
            /** @description The explanation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json in UTF-8 */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model refuses this input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description true: also keys that ended more than 30 days ago */
                all?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Needed, but for the scope admin. Not default */
                    tenant?: string;
                    name: string;
                    scopes: ("read" | "ask" | "invalidate" | "observe" | "admin")[];
                    /** @description It may ask these only. Default: all */
                    models?: string[];
                    /** @description A number with s, m, h or d, at most 3650d, e.g. 90d. Default: never */
                    expires?: string;
                    /** @description Of its tenant. Default: TENANT_RPM */
                    rpm?: number;
                    /** @description Of its tenant. Default: TENANT_MAX_OPEN_RUNS */
                    max_open_runs?: number;
                    /** @description Of its tenant. Default: TENANT_MAX_INPUT_MB */
                    max_input_mb?: number;
                    /**
                     * @description Its tenant’s share of the workers beside others of weight 1
                     * @default 1
                     */
                    weight?: number;
                };
            };
        };
        responses: {
            /** @description The key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            /** @description The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are as many keys as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The model refuses this input */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description There is no such key */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No other key manages keys */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The new key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedKey"];
                };
            };
            /** @description There is no such key */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has no rights to hand on. There are as many keys as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                tenant?: string;
                action?: "key.created" | "key.rotated" | "key.revoked" | "key.refused" | "cache.invalidated" | "job.canceled" | "run.canceled" | "delivery.redelivered" | "session.created";
                limit?: number;
                /** @description Only older entries than the one with this id */
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is up */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send requests here */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Starting or draining */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOverview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamOverview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Too many event streams are open */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHistory: {
        parameters: {
            query: {
                metric: "requests" | "hit_ratio" | "seconds" | "wait_s" | "run_s" | "oldest_wait_s" | "queued" | "open_runs" | "slots" | "runs" | "evictions" | "deliveries" | "eta_error" | "miss_reasons";
                /** @description ISO 8601. Default: an hour before `to` */
                from?: string;
                /** @description ISO 8601. Default: now */
                to?: string;
                /** @description Unit: s; a multiple of 60. Default: so that there are about 360 steps or fewer */
                step?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A column a series */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description States, separated by commas; `open`, `ended` */
                state?: string;
                model?: string;
                lane?: "short" | "long" | "bulk" | "refresh";
                /** @description Without keys, all is of `default` */
                tenant?: string;
                /** @description From its creation until its end, or now */
                older_than_s?: number;
                limit?: number;
                /** @description A `next_cursor` */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Runs"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a run */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description There is no such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of a run */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is canceled */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanceledRun"];
                };
            };
            /** @description There is no such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The run has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWorkers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workers"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReceivers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The receivers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receivers"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSeries: {
        parameters: {
            query?: {
                /** @description worst: by how far the last forecast missed what then came */
                order?: "worst" | "recent";
                /** @description A part of the `model_id` */
                q?: string;
                /** @description Default: all */
                tenant?: string;
                limit?: number;
                /** @description A `next_cursor` */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of series */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesList"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSeries: {
        parameters: {
            query?: {
                /** @description Whose series it is. Without keys: none */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description The `model_id` of a forecast */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The series */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
            /** @description There is no such series */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plotSeries: {
        parameters: {
            query?: {
                /** @description Whose series it is. Without keys: none */
                tenant?: string;
                /** @description How many of the last points of the series */
                points?: number;
                /** @description Steps ahead; none for a model with regressors or a cap of its own dates */
                periods?: number;
            };
            header?: never;
            path: {
                /** @description The `model_id` of a forecast */
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Columns beside ds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesPlot"];
                };
            };
            /** @description A header or the query is malformed */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such series */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The list of fitted models cannot be read */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScale: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The work */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scale"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogIn"];
            };
        };
        responses: {
            /** @description The cookie is set */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Requests from this origin are not allowed. The key has not the scope that this needs */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys or passwords */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no session */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Requests from this origin are not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The queue cannot be reached */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused: `type` says why */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    onJobStarted: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt */
                "webhook-id": string;
                /** @description Of this attempt. Unit: s */
                "webhook-timestamp": string;
                /** @description `v1,…`, one for each secret */
                "webhook-signature": string;
                /** @description 1 for the first; not signed */
                "webhook-attempt": string;
                /** @description The submission's */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEvent"];
            };
        };
        responses: {
            /** @description No more of these */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCompleted: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt */
                "webhook-id": string;
                /** @description Of this attempt. Unit: s */
                "webhook-timestamp": string;
                /** @description `v1,…`, one for each secret */
                "webhook-signature": string;
                /** @description 1 for the first; not signed */
                "webhook-attempt": string;
                /** @description The submission's */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEvent"];
            };
        };
        responses: {
            /** @description No more of these */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt */
                "webhook-id": string;
                /** @description Of this attempt. Unit: s */
                "webhook-timestamp": string;
                /** @description `v1,…`, one for each secret */
                "webhook-signature": string;
                /** @description 1 for the first; not signed */
                "webhook-attempt": string;
                /** @description The submission's */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEvent"];
            };
        };
        responses: {
            /** @description No more of these */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCanceled: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt */
                "webhook-id": string;
                /** @description Of this attempt. Unit: s */
                "webhook-timestamp": string;
                /** @description `v1,…`, one for each secret */
                "webhook-signature": string;
                /** @description 1 for the first; not signed */
                "webhook-attempt": string;
                /** @description The submission's */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEvent"];
            };
        };
        responses: {
            /** @description No more of these */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobExpired: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt */
                "webhook-id": string;
                /** @description Of this attempt. Unit: s */
                "webhook-timestamp": string;
                /** @description `v1,…`, one for each secret */
                "webhook-signature": string;
                /** @description 1 for the first; not signed */
                "webhook-attempt": string;
                /** @description The submission's */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEvent"];
            };
        };
        responses: {
            /** @description No more of these */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again, after `Retry-After` or later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
