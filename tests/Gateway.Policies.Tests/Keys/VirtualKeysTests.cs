using System.Text;

namespace Gateway.Policies.Tests.Keys;

public sealed class VirtualKeysTests
{
    [Fact]
    public void TryFind_KeyOfTheFile_FindsItsEntry()
    {
        using var folder = FullPolicies.Folder();
        var keys = folder.LoadValid().Keys;

        Assert.True(keys.TryFind(FullPolicies.Key, out var key));
        Assert.Equal(("search-ci", "acme", "search", "ci", "ada"), (key.Id, key.Organization, key.Team, key.Project, key.User));
        Assert.Equal(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), key.Expires);
        Assert.True(keys.TryFind(Encoding.UTF8.GetBytes(FullPolicies.Key), out var same));
        Assert.Same(key, same);
        Assert.True(key.IsAdmin);
        Assert.False(keys.All[1].IsAdmin);
        Assert.Equal([ReportRole.Team, null, ReportRole.Finance], keys.All.Select(entry => entry.Role));
        Assert.Equal(["search-ci", "old", "controller"], keys.All.Select(entry => entry.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gw-")]
    [InlineData("gw-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData(FullPolicies.Key + " ")]
    [InlineData("GW-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("\ud800")]
    public void TryFind_AnythingElse_FindsNothing(string presented)
    {
        using var folder = FullPolicies.Folder();

        Assert.False(folder.LoadValid().Keys.TryFind(presented, out var key));
        Assert.Null(key);
    }

    [Fact]
    public void TryFind_HugeInput_FindsNothing()
    {
        using var folder = FullPolicies.Folder();
        var keys = folder.LoadValid().Keys;

        Assert.False(keys.TryFind(new string('é', 10_000_000), out _));
        Assert.False(keys.TryFind(new byte[10_000_000], out _));
    }

    [Fact]
    public void TryFind_HashInPlaceOfTheKey_FindsNothing()
    {
        using var folder = FullPolicies.Folder();

        Assert.False(folder.LoadValid().Keys.TryFind(new string('F', 64), out _));
    }

    [Fact]
    public void Create_TwoKeys_HaveTheDocumentedFormAndDiffer()
    {
        var (one, hash) = VirtualKeyGenerator.Create();
        var (two, _) = VirtualKeyGenerator.Create();

        Assert.Matches("^gw-[A-Za-z0-9_-]{43}$", one);
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void Create_HashWrittenToTheFile_FindsTheKey()
    {
        var (key, hash) = VirtualKeyGenerator.Create();
        using var folder = new PolicyFolder(keys: $"keys: [ {{ id: new, sha256: {hash} }} ]");

        Assert.True(folder.LoadValid().Keys.TryFind(key, out var found));
        Assert.Equal("new", found.Id);
    }

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(true, null, false)]
    [InlineData(false, 1, true)]
    [InlineData(false, 0, false)]
    [InlineData(false, -1, false)]
    [InlineData(true, 1, false)]
    public void IsActive_DisabledOrExpired_IsFalse(bool disabled, int? secondsLeft, bool expected)
    {
        var now = PolicyFolder.Now;
        var key = new VirtualKey { Id = "a", Disabled = disabled, Expires = secondsLeft is { } left ? now.AddSeconds(left) : null };

        Assert.Equal(expected, key.IsActive(now));
    }

    [Fact]
    public void MayUse_KeyWithModels_OnlyThose()
    {
        using var folder = FullPolicies.Folder();
        var snapshot = folder.LoadValid();
        snapshot.Keys.TryFind(FullPolicies.Key, out var key);

        Assert.True(key!.MayUse(snapshot.FindRoute("auto")!));
        Assert.False(key.MayUse(snapshot.FindRoute("cheap")!));
        Assert.True(key.MayUse(snapshot.FindModel("openai/gpt-5-mini")!));
        Assert.True(key.MayUse(snapshot.FindModel("vllm-1/gpt-5-mini")!));
        Assert.True(key.MayUse(snapshot.FindModel("local/gateway-demo")!));
        Assert.False(key.MayUse(snapshot.FindModel("vllm-1/meta-llama/Llama-3.1-8B-Instruct")!));
        Assert.True(new VirtualKey { Id = "any" }.MayUse(snapshot.FindRoute("cheap")!));
    }
}
