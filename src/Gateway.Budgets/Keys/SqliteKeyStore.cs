namespace Gateway.Budgets;

/// <summary>Managed keys of a single gateway, in an SQLite file that the first key makes.</summary>
/// <param name="path">Where it is, or is to be.</param>
public sealed class SqliteKeyStore(string path) : KeyStore(new SqliteManagedRecords(path, "keys"));
