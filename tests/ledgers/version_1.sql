CREATE TABLE runs ( run_id VARCHAR NOT NULL, dag_id TEXT NOT NULL, status TEXT NOT NULL, started_us BIGINT NOT NULL,
    finished_us BIGINT, tasks INTEGER NOT NULL, workers INTEGER NOT NULL, params TEXT NOT NULL, metadata TEXT NOT NULL,
    "plan" TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, pid_started FLOAT NOT NULL, user TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (run_id) );
CREATE INDEX runs_by_start ON runs (started_us);
CREATE TABLE task_runs ( run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, position INTEGER NOT NULL, state TEXT NOT
    NULL, attempts INTEGER NOT NULL, started_us BIGINT, finished_us BIGINT, duration_s FLOAT, cpu_s FLOAT,
    peak_memory_bytes BIGINT, rows BIGINT, size_bytes BIGINT, chunks INTEGER, reason TEXT NOT NULL, PRIMARY KEY (run_id,
    task) ) WITHOUT ROWID;
CREATE TABLE attempts ( run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, attempt INTEGER NOT NULL, state TEXT NOT
    NULL, started_us BIGINT NOT NULL, finished_us BIGINT, duration_s FLOAT, cpu_s FLOAT, peak_memory_bytes BIGINT,
    worker_pid INTEGER, exit_status TEXT NOT NULL, error_type TEXT NOT NULL, error_message TEXT NOT NULL, traceback TEXT
    NOT NULL, traceback_full TEXT NOT NULL, PRIMARY KEY (run_id, task, attempt) ) WITHOUT ROWID;
CREATE TABLE results ( run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, result_id VARCHAR NOT NULL, path TEXT NOT
    NULL, size_bytes BIGINT NOT NULL, digest TEXT NOT NULL, facts TEXT NOT NULL, attempt INTEGER NOT NULL, chunk
    INTEGER, saved_us BIGINT NOT NULL, PRIMARY KEY (run_id, task, result_id) ) WITHOUT ROWID;
PRAGMA user_version = 1;
