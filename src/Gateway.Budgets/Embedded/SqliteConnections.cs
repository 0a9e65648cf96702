using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>Opens the SQLite files that belong to this process alone.</summary>
internal static class SqliteConnections
{
    /// <summary>
    /// How long a step waits for the file. No other process has a business with it; if one keeps it locked all the same, a backup for example, requests are
    /// told so, as they are when Redis hangs, and do not wait for it.
    /// </summary>
    private const int BusySeconds = 1;

    /// <summary>A new connection, which its caller closes; what it commits survives the loss of power, not only of the process.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SqliteConnection Open(string path)
    {
        // Without pooling: a pooled connection would keep the file open after its owner has closed it.
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusySeconds }.ConnectionString);
        connection.Open();
        connection.Execute("PRAGMA synchronous = FULL");
        return connection;
    }
}
