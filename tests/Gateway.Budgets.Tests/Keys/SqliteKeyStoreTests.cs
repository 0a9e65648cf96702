using Gateway.Testing;

namespace Gateway.Budgets.Tests.Keys;

public sealed class SqliteKeyStoreTests : KeyStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public SqliteKeyStoreTests() => Store = new SqliteKeyStore(FilePath);

    protected override IKeyStore Store { get; }

    private string FilePath => Path.Combine(_folder.Path, "data", "keys.db");

    [Fact]
    public async Task Read_WithoutAnyKey_MakesNoFile()
    {
        await Store.ReadAsync(knownVersion: null);
        Assert.False(File.Exists(FilePath));
    }

    public void Dispose() => _folder.Dispose();

    protected override Task SubscribedAsync() => Task.CompletedTask;
}
