using Gateway.Budgets.Sql;

namespace Gateway.Budgets.Tests.Sql;

public sealed class LedgerOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreGood() => Assert.Empty(new LedgerOptions().Validate());

    [Fact]
    public void Validate_EverythingWrong_NamesEachSettingAndNoSecret()
    {
        var options = new LedgerOptions
        {
            Connection = "Password=hunter2;Nonsense=1",
            IntervalSeconds = 0,
            BatchSize = 0,
            MaxBusyShare = 0,
            MaxLagSeconds = 0,
            ClaimAfterSeconds = 0.5,
            TimeoutSeconds = 0,
        };

        var errors = options.Validate();

        Assert.Equal(
            [
                "Ledger:Connection", "Ledger:IntervalSeconds", "Ledger:BatchSize", "Ledger:MaxBusyShare", "Ledger:MaxLagSeconds", "Ledger:ClaimAfterSeconds",
                "Ledger:TimeoutSeconds",
            ],
            errors.Select(error => error[..error.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.DoesNotContain("hunter2", string.Join('\n', errors.Append(options.ToString())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "Ledger:Path: name a file.")]
    [InlineData("Database=ledger", "x", "Ledger:Connection: it cannot be read. Write Host=...;Database=...;Username=...;Password=...")]
    public void Validate_OneSetting_SaysWhatToWrite(string connection, string path, string error) =>
        Assert.Equal(error.TrimEnd('.'), Assert.Single(new LedgerOptions { Connection = connection, Path = path }.Validate()).TrimEnd('.'));
}
