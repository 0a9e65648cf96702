using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>
/// A small SQLite file of one process, which is made when it is first written to. Each step opens it anew: steps are few, and so nothing
/// has to be closed.
/// </summary>
/// <param name="path">Where it is, or is to be.</param>
/// <param name="schema">Makes its tables.</param>
/// <param name="version">Of the tables, in SQLite's <c>user_version</c>; at least 1.</param>
internal sealed class StateFile(string path, string schema, int version)
{
    private readonly string _path = Path.GetFullPath(path);
    private readonly Lock _lock = new();
    private bool _isPrepared;

    public bool Exists => File.Exists(_path);

    /// <summary>Runs a step as one transaction that survives the loss of power; the file is made when it is not there.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or written, or is of another version.</exception>
    public T Run<T>(Func<SqliteConnection, T> step)
    {
        // One step at a time: SQLite has one writer anyway, and waiting here is cheaper than being told that it is busy.
        lock (_lock)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                using var connection = SqliteConnections.Open(_path);
                if (!_isPrepared)
                {
                    Prepare(connection);
                    _isPrepared = true;
                }

                connection.Execute("BEGIN IMMEDIATE");
                var result = step(connection);
                connection.Execute("COMMIT");
                return result;
            }
            catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
            {
                // Whoever asked for something may read this: where files lie is no business of his.
                var why = exception is SqliteException ? exception.Message : "it, or its folder, cannot be written";
                throw new StoreUnavailableException($"The file {Path.GetFileName(_path)} cannot be used: {why}", exception);
            }
        }
    }

    private void Prepare(SqliteConnection connection)
    {
        connection.Execute("PRAGMA journal_mode = WAL");
        long found = connection.Read("PRAGMA user_version", row => row.GetInt64(0))[0];
        if (found == 0)
        {
            connection.Execute($"BEGIN IMMEDIATE; {schema}; PRAGMA user_version = {version}; COMMIT");
        }
        else if (found != version)
        {
            throw new StoreUnavailableException(
                $"The file {Path.GetFileName(_path)} has schema version {found}; this build reads {version}. Use the build that wrote it, or a newer one.");
        }
    }
}
