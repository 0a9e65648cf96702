using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>Managed keys of a single gateway, in an SQLite file that the first key makes.</summary>
/// <param name="path">Where it is, or is to be.</param>
public sealed class SqliteKeyStore(string path) : IKeyStore
{
    private readonly StateFile _file = new(
        path,
        """
        CREATE TABLE keys (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE versions (version TEXT NOT NULL) STRICT;
        INSERT INTO versions VALUES ('')
        """,
        version: 1);

    private readonly List<Action> _watchers = [];

    public Task<KeySet?> ReadAsync(string? knownVersion, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_file.Exists)
        {
            return Task.FromResult(knownVersion == KeySet.Empty.Version ? null : KeySet.Empty);
        }

        return Task.FromResult(_file.Run(connection =>
        {
            string version = connection.Read("SELECT version FROM versions", row => row.GetString(0))[0];
            return version == knownVersion
                ? null
                : new KeySet(version, [.. connection.Read("SELECT record FROM keys ORDER BY id", row => ManagedKeyFormat.Read(row.GetString(0)))]);
        }));
    }

    public Task<bool> PutAsync(ManagedKey key, CancellationToken cancellationToken = default) =>
        Task.FromResult(Write(key, last => key.Revision == last + 1));

    public Task RestoreAsync(ManagedKey key, CancellationToken cancellationToken = default) =>
        Task.FromResult(Write(key, last => key.Revision > last));

    public void Watch(Action changed)
    {
        lock (_watchers)
        {
            _watchers.Add(changed);
        }
    }

    private bool Write(ManagedKey key, Func<long, bool> mayFollow)
    {
        bool isWritten = _file.Run(connection => Write(connection, key, mayFollow));
        List<Action> watchers;
        lock (_watchers)
        {
            watchers = isWritten ? [.. _watchers] : [];
        }

        watchers.ForEach(changed => changed());
        return isWritten;
    }

    private static bool Write(SqliteConnection connection, ManagedKey key, Func<long, bool> mayFollow)
    {
        if (!mayFollow(connection.Read("SELECT revision FROM keys WHERE id = $id", row => row.GetInt64(0), ("$id", key.Id)).SingleOrDefault()))
        {
            return false;
        }

        connection.Execute(
            "INSERT OR REPLACE INTO keys (id, revision, record) VALUES ($id, $revision, $record)",
            ("$id", key.Id), ("$revision", key.Revision), ("$record", ManagedKeyFormat.Write(key)));
        connection.Execute("UPDATE versions SET version = $version", ("$version", Guid.NewGuid().ToString("N")));
        return true;
    }
}
