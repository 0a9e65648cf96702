using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>
/// Answers of requests with an idempotency key of a single gateway, in an SQLite file that the first such request makes: a restart keeps them.
/// </summary>
/// <param name="path">Where it is, or is to be.</param>
/// <param name="time">The clock of leases.</param>
public sealed class SqliteIdempotencyStore(string path, TimeProvider time) : IIdempotencyStore
{
    /// <summary>
    /// That somebody reads is written down as often, and not each time: a reader asks many times a second, and each write waits for the disk.
    /// </summary>
    private const long ReadMarkMilliseconds = 500;

    private readonly StateFile _file = new(
        path,
        """
        CREATE TABLE runs (
            record TEXT PRIMARY KEY,
            run TEXT NOT NULL,
            request TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            state INTEGER NOT NULL,
            until INTEGER NOT NULL, -- end of the lease, in ms of Unix time
            keep INTEGER NOT NULL, -- for how many ms a run whose lease is over is remembered
            expires INTEGER NOT NULL, -- when all is forgotten, in ms of Unix time
            read INTEGER -- when somebody last read, likewise
            ) STRICT, WITHOUT ROWID;
        CREATE INDEX runs_expires ON runs (expires);
        CREATE TABLE parts (run TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (run, position)) STRICT, WITHOUT ROWID
        """,
        version: 1);

    public Task<IdempotencyClaim> ClaimAsync(
        string record, string fingerprint, string run, string requestId, TimeSpan lease, TimeSpan keep, CancellationToken cancellationToken = default) => Run(
        connection =>
        {
            long now = Now;
            connection.Execute("DELETE FROM parts WHERE run IN (SELECT run FROM runs WHERE expires <= $now)", ("$now", now));
            connection.Execute("DELETE FROM runs WHERE expires <= $now", ("$now", now));
            var found = Find(connection, record);
            if (found is { State: RunState.Running } && found.Run == run)
            {
                return new IdempotencyClaim(ClaimOutcome.Claimed, run, found.Request);
            }

            if (found is not null && found.State != RunState.Failed && found.Fingerprint != fingerprint)
            {
                return new IdempotencyClaim(ClaimOutcome.Reused, "", "");
            }

            bool isOver = found is { State: RunState.Running } && found.Until <= now;
            if (found is not null && found.State != RunState.Failed && !isOver)
            {
                return new IdempotencyClaim(ClaimOutcome.Answered, found.Run, "");
            }

            if (found is not null)
            {
                connection.Execute("DELETE FROM parts WHERE run = $run", ("$run", found.Run));
            }

            string id = isOver ? found!.Request : requestId;
            connection.Execute(
                """
                INSERT OR REPLACE INTO runs (record, run, request, fingerprint, state, until, keep, expires)
                VALUES ($record, $run, $request, $fingerprint, $state, $until, $keep, $expires)
                """,
                ("$record", record), ("$run", run), ("$request", id), ("$fingerprint", fingerprint), ("$state", (long)RunState.Running),
                ("$until", now + Milliseconds(lease)), ("$keep", Milliseconds(keep)), ("$expires", now + Milliseconds(lease) + Milliseconds(keep)));
            return new IdempotencyClaim(ClaimOutcome.Claimed, run, id);
        },
        cancellationToken);

    public Task<RunHold> AppendAsync(
        string record, string run, int position, ReadOnlyMemory<byte> part, TimeSpan lease, CancellationToken cancellationToken = default) => Run(
        connection =>
        {
            if (Find(connection, record) is not { State: RunState.Running } found || found.Run != run)
            {
                return new RunHold(IsHeld: false, SinceRead: null);
            }

            if (!part.IsEmpty)
            {
                // A part that is there already comes from a call whose answer got lost.
                connection.Execute(
                    "INSERT OR IGNORE INTO parts (run, position, bytes) VALUES ($run, $position, $bytes)",
                    ("$run", run), ("$position", (long)position), ("$bytes", part.ToArray()));
            }

            connection.Execute(
                "UPDATE runs SET until = $until, expires = $until + keep WHERE record = $record", ("$until", Now + Milliseconds(lease)), ("$record", record));
            return new RunHold(IsHeld: true, found.Read is { } read ? TimeSpan.FromMilliseconds(Math.Max(0, Now - read)) : null);
        },
        cancellationToken);

    public Task<bool> FinishAsync(string record, string run, RunState end, TimeSpan keep, CancellationToken cancellationToken = default) => Run(
        connection =>
        {
            if (connection.Execute(
                "UPDATE runs SET state = $state, expires = $expires WHERE record = $record AND run = $run",
                ("$state", (long)end), ("$expires", Now + Milliseconds(keep)), ("$record", record), ("$run", run)) == 0)
            {
                return false;
            }

            if (end == RunState.Oversized)
            {
                connection.Execute("DELETE FROM parts WHERE run = $run", ("$run", run));
            }

            return true;
        },
        cancellationToken);

    public Task<RunProgress> ReadAsync(string record, string run, int skip, CancellationToken cancellationToken = default) => Run(
        connection =>
        {
            if (Find(connection, record) is not { } found
                || found.Run != run
                || found.Expires <= Now
                || (found.State == RunState.Running && found.Until <= Now))
            {
                return RunProgress.Gone;
            }

            if (found.State == RunState.Running && !(Now - found.Read < ReadMarkMilliseconds))
            {
                connection.Execute("UPDATE runs SET read = $now WHERE record = $record", ("$now", Now), ("$record", record));
            }

            var parts = connection.Read(
                "SELECT bytes FROM parts WHERE run = $run AND position >= $skip ORDER BY position LIMIT $limit",
                row => (ReadOnlyMemory<byte>)row.GetFieldValue<byte[]>(0),
                ("$run", run), ("$skip", (long)skip), ("$limit", (long)RunProgress.MaxParts));
            return new RunProgress(found.State, parts, IsLast: parts.Count < RunProgress.MaxParts);
        },
        cancellationToken);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static StoredRun? Find(SqliteConnection connection, string record) => connection.Read(
        "SELECT run, request, fingerprint, state, until, expires, read FROM runs WHERE record = $record",
        row => new StoredRun(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            (RunState)row.GetInt64(3),
            row.GetInt64(4),
            row.GetInt64(5),
            row.IsDBNull(6) ? null : row.GetInt64(6)),
        ("$record", record)).SingleOrDefault();

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);

    private Task<T> Run<T>(Func<SqliteConnection, T> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_file.Run(step));
    }

    private sealed record StoredRun(string Run, string Request, string Fingerprint, RunState State, long Until, long Expires, long? Read);
}
