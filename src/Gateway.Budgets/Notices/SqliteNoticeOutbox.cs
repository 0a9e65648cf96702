using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>Notices of a single gateway, in an SQLite file that the first one makes.</summary>
/// <param name="path">Where it is, or is to be.</param>
/// <param name="time">The clock of due times.</param>
public sealed class SqliteNoticeOutbox(string path, TimeProvider time) : INoticeOutbox
{
    private readonly StateFile _file = new(
        path,
        """
        CREATE TABLE notices (
            id TEXT PRIMARY KEY,
            remember INTEGER NOT NULL, -- until when the id is known, in ms of Unix time
            due INTEGER, -- likewise; NULL once it has arrived
            attempts INTEGER NOT NULL,
            record TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
        CREATE INDEX notices_due ON notices (due);
        CREATE INDEX notices_remember ON notices (remember)
        """,
        version: 1);

    public Task<bool> AddAsync(Notice notice, DateTimeOffset remember, CancellationToken cancellationToken = default) => Run(
        connection =>
        {
            connection.Execute("DELETE FROM notices WHERE due IS NULL AND remember <= $now", ("$now", Now));
            return connection.Execute(
                "INSERT OR IGNORE INTO notices (id, remember, due, attempts, record) VALUES ($id, $remember, $now, 0, $record)",
                ("$id", notice.Id), ("$remember", remember.ToUnixTimeMilliseconds()), ("$now", Now), ("$record", NoticeFormat.Write(notice))) == 1;
        },
        cancellationToken);

    public Task<IReadOnlyList<DueNotice>> ClaimAsync(TimeSpan lease, int count, CancellationToken cancellationToken = default) =>
        !_file.Exists
            ? Task.FromResult<IReadOnlyList<DueNotice>>([])
            : Run<IReadOnlyList<DueNotice>>(connection => Claim(connection, (long)lease.TotalMilliseconds, count), cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken = default) => !_file.Exists
        ? Task.FromResult(0L)
        : Run(connection => connection.Read("SELECT count(*) FROM notices WHERE due IS NOT NULL", row => row.GetInt64(0))[0], cancellationToken);

    public Task RemoveAsync(string id, CancellationToken cancellationToken = default) => Run(
        connection => connection.Execute("UPDATE notices SET due = NULL, record = '' WHERE id = $id", ("$id", id)), cancellationToken);

    public Task DelayAsync(string id, TimeSpan wait, CancellationToken cancellationToken = default) => Run(
        connection => connection.Execute(
            "UPDATE notices SET due = $due WHERE id = $id AND due IS NOT NULL", ("$due", Now + (long)wait.TotalMilliseconds), ("$id", id)),
        cancellationToken);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private List<DueNotice> Claim(SqliteConnection connection, long lease, int count)
    {
        var due = connection.Read(
            "SELECT record, attempts FROM notices WHERE due <= $now ORDER BY due LIMIT $count",
            row => new DueNotice(NoticeFormat.Read(row.GetString(0)), (int)row.GetInt64(1) + 1),
            ("$now", Now), ("$count", (long)count));
        foreach (var notice in due)
        {
            connection.Execute(
                "UPDATE notices SET due = $due, attempts = $attempts WHERE id = $id",
                ("$due", Now + lease), ("$attempts", (long)notice.Attempt), ("$id", notice.Notice.Id));
        }

        return due;
    }

    private Task<T> Run<T>(Func<SqliteConnection, T> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_file.Run(step));
    }
}
