using System.Security.Cryptography;
using System.Text;
using Gateway.Budgets.Sql;

namespace Gateway.Budgets.Tests.Sql;

public sealed class LedgerMigrationTests
{
    /// <summary>A script that has made tables somewhere is never changed: what is new comes in a script of its own.</summary>
    [Theory]
    [InlineData("0001.sqlite.sql", "d911021443d6e03b8275bb630fe79c0536928e5425ae02cfbccffbb3a05d9144")]
    [InlineData("0001.postgresql.sql", "0b31299194de7003e39e5b672f55ae291f7f342828014e01129c5441a48caa35")]
    public void Migration_Shipped_IsAsItWas(string name, string sha256)
    {
        using var stream = typeof(LedgerDatabase).Assembly.GetManifestResourceStream($"Gateway.Budgets.Sql.{name}")!;

        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    [Fact]
    public void Payload_OfWhatIsSetAside_ReadsForEver()
    {
        const string Payload = """{"v":"2","more":"ü \"x\""}""";

        var record = IncomingRecord.OfPayload("acme", "7-0", Encoding.UTF8.GetBytes(Payload));

        Assert.Equal(new Dictionary<string, string> { ["v"] = "2", ["more"] = "ü \"x\"" }, record.Fields);
        Assert.Equal(Payload, Encoding.UTF8.GetString(record.Payload));
    }
}
