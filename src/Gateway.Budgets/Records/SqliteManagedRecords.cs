using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>The records of a single gateway, in an SQLite file that the first one makes.</summary>
/// <param name="path">Where it is, or is to be.</param>
/// <param name="kind">The name of their table.</param>
internal sealed class SqliteManagedRecords(string path, string kind) : IManagedRecords
{
    private readonly StateFile _file = new(
        path,
        $"""
        CREATE TABLE {kind} (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE versions (version TEXT NOT NULL) STRICT;
        INSERT INTO versions VALUES ('')
        """,
        version: 1);

    private readonly List<Action> _watchers = [];

    public Task<(string Version, IReadOnlyList<string> Texts)?> ReadAsync(string? knownVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_file.Exists)
        {
            return Task.FromResult<(string, IReadOnlyList<string>)?>(knownVersion?.Length == 0 ? null : ("", []));
        }

        return Task.FromResult<(string, IReadOnlyList<string>)?>(_file.Run(connection =>
        {
            string version = connection.Read("SELECT version FROM versions", row => row.GetString(0))[0];
            return version == knownVersion
                ? ((string, IReadOnlyList<string>)?)null
                : (version, [.. connection.Read($"SELECT record FROM {kind} ORDER BY id", row => row.GetString(0))]);
        }));
    }

    public Task<bool> WriteAsync(ManagedRecord record, bool mustFollow, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool isWritten = _file.Run(connection => Write(connection, record, mustFollow));
        List<Action> watchers;
        lock (_watchers)
        {
            watchers = isWritten ? [.. _watchers] : [];
        }

        watchers.ForEach(changed => changed());
        return Task.FromResult(isWritten);
    }

    public void Watch(Action changed)
    {
        lock (_watchers)
        {
            _watchers.Add(changed);
        }
    }

    private bool Write(SqliteConnection connection, ManagedRecord record, bool mustFollow)
    {
        long last = connection.Read($"SELECT revision FROM {kind} WHERE id = $id", row => row.GetInt64(0), ("$id", record.Id)).SingleOrDefault();
        if (record.Revision <= last || (mustFollow && record.Revision != last + 1))
        {
            return false;
        }

        connection.Execute(
            $"INSERT OR REPLACE INTO {kind} (id, revision, record) VALUES ($id, $revision, $record)",
            ("$id", record.Id), ("$revision", record.Revision), ("$record", record.Text));
        connection.Execute("UPDATE versions SET version = $version", ("$version", Guid.NewGuid().ToString("N")));
        return true;
    }
}
