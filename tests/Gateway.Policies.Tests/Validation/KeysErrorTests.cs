namespace Gateway.Policies.Tests.Validation;

public sealed class KeysErrorTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData($"sha256: {Hash}", "id", "The setting is missing.", "name for logs and reports")]
    [InlineData("id: a", "sha256", "The setting is missing.", "SHA-256")]
    [InlineData("id: a, sha256: 12", "sha256", "This is no SHA-256: 64 hexadecimal digits.", "sha256sum")]
    [InlineData($"id: a, sha256: {Hash}0", "sha256", "This is no SHA-256: 64 hexadecimal digits.", "sha256sum")]
    [InlineData("id: a, sha256: gw-hunter2", "sha256", "This is a key, not its hash", "sha256sum")]
    [InlineData($"id: gw-hunter2, sha256: {Hash}", "id", "This cannot name a key.", "not beginning with 'gw-'")]
    [InlineData($"id: a b, sha256: {Hash}", "id", "This cannot name a key.", "letters, digits")]
    [InlineData($"id: a, sha256: {Hash}, models: []", "models", "The list is empty", "Remove 'models' to allow all")]
    [InlineData($"id: a, sha256: {Hash}, models: auto", "models", "where a list belongs", "Write [ one, two ]")]
    [InlineData($"id: a, sha256: {Hash}, models: [ aut ]", "models[0]", "'aut' is no route and no model.", "Did you mean 'auto'?")]
    [InlineData(
        $"id: a, sha256: {Hash}, models: [ something-else ]",
        "models[0]", "'something-else' is no route and no model.", "a route of routes.yaml")]
    [InlineData($"id: a, sha256: {Hash}, models: [ auto, auto ]", "models[1]", "'auto' is listed a second time.", "Remove it")]
    [InlineData($"id: a, sha256: {Hash}, expires: tomorrow", "expires", "'tomorrow' is no time with an offset.", "2027-01-01T00:00:00Z")]
    [InlineData(
        $"id: a, sha256: {Hash}, expires: 2027-01-01",
        "expires", "'2027-01-01' is no time with an offset.", "2027-01-01T00:00:00Z")]
    [InlineData($"id: a, sha256: {Hash}, expires: '2027-01-01T00:00:00'", "expires", "is no time with an offset.", "2027-01-01T00:00:00Z")]
    [InlineData($"id: a, sha256: {Hash}, expires: '2027-02-30T00:00:00Z'", "expires", "is no time with an offset.", "2027-01-01T00:00:00Z")]
    [InlineData($"id: a, sha256: {Hash}, disabled: yes", "disabled", "'yes' is neither true nor false.", "Write true or false")]
    [InlineData($"id: a, sha256: {Hash}, disabled: 'true'", "disabled", "'true' is neither true nor false.", "without quotes")]
    [InlineData($"id: a, sha256: {Hash}, admin: 1", "admin", "'1' is neither true nor false.", "Write true or false")]
    [InlineData($"id: a, sha256: {Hash}, role: financ", "role", "'financ' is not known.", "Did you mean 'finance'?")]
    [InlineData($"id: a, sha256: {Hash}, role: admin", "role", "'admin' is not known.", "Choose from finance, team")]
    [InlineData($"id: a, sha256: {Hash}, role: team", "role", "The key has no team", "Add team, or write finance")]
    [InlineData($"id: a, sha256: {Hash}, teem: x", "teem", "The key 'teem' is not known here.", "Did you mean 'team'?")]
    [InlineData($"id: a, sha256: {Hash}, team: \"x\\ny\"", "team", "line breaks", "one line of text")]
    public void Load_OneWrongSetting_NamesLineKeyAndFixAndNoKey(string settings, string key, string message, string fix)
    {
        using var folder = new PolicyFolder(keys: $$"""
            keys:
              - { {{settings}} }
            """);

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("keys.yaml"), error.File);
        Assert.Equal((2, $"keys[0].{key}"), (error.Line, error.Key));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SameIdOrHashTwice_IsAnErrorEach()
    {
        using var folder = new PolicyFolder(keys: $$"""
            keys:
              - { id: a, sha256: {{Hash}} }
              - { id: a, sha256: {{Hash.ToUpperInvariant()}} }
            """);

        Assert.Equal(["keys[1].id", "keys[1].sha256"], folder.Load().Errors.Select(error => error.Key));
    }

    [Theory]
    [InlineData("keys: []")]
    [InlineData("keys:\n  # - { id: a }\n")]
    public void Load_NoKeys_IsNoError(string text)
    {
        using var folder = new PolicyFolder(keys: text);

        Assert.True(folder.LoadValid().Keys.IsEmpty);
    }

    [Fact]
    public void Load_ExpiredKey_Warns()
    {
        using var folder = new PolicyFolder(keys: $"keys: [ {{ id: a, sha256: {Hash}, expires: 2026-11-22T12:00:00Z }} ]");

        var result = folder.Load();

        Assert.NotNull(result.Snapshot);
        Assert.Equal("keys[0].expires", Assert.Single(result.Warnings).Key);
    }
}
