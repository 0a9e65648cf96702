using Gateway.Policies;

namespace Gateway.Budgets.Tests.Keys;

public sealed class ManagedKeyFormatTests
{
    /// <summary>As the first build wrote it; all later ones must read it.</summary>
    private const string First =
        """{"v":1,"revision":3,"id":"search","team":"red","models":["auto"],"expires":"2027-01-01T00:00:00+00:00","admin":true,"role":"Finance","created":"2026-11-27T12:00:00+00:00","rotated":"2026-11-27T13:00:00+00:00","revoked":"2026-11-27T14:00:00+00:00","secrets":[{"sha256":"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"}]}""";

    [Fact]
    public void Read_RecordOfTheFirstVersion_IsReadAndWrittenBackAsItWas()
    {
        var key = ManagedKeyFormat.Read(First);
        Assert.Equal(("search", "red", 3), (key.Id, key.Holder.Team, key.Revision));
        Assert.True(key.Entries.Single().Key.Disabled);
        Assert.Equal(First, ManagedKeyFormat.Write(key));
    }

    [Fact]
    public void Write_PriorityOfItsOwn_IsReadBack()
    {
        var key = ManagedKeyFormat.Read(First);
        Assert.Equal(RequestPriority.Normal, key.Holder.Priority);
        var urgent = key with { Holder = key.Holder with { Priority = RequestPriority.High } };
        Assert.Equal(RequestPriority.High, ManagedKeyFormat.Read(ManagedKeyFormat.Write(urgent)).Holder.Priority);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("no json")]
    [InlineData("""{"v":1,"revision":1,"id":"a","created":"2026-11-27T12:00:00Z","rotated":"2026-11-27T12:00:00Z","secrets":[]}""")]
    [InlineData("""{"v":1,"revision":1,"id":"a","created":"2026-11-27T12:00:00Z","rotated":"2026-11-27T12:00:00Z","secrets":[{"sha256":"x"}]}""")]
    [InlineData("""{"v":2,"revision":1,"id":"a","created":"2026-11-27T12:00:00Z","rotated":"2026-11-27T12:00:00Z","secrets":[]}""")]
    public void Read_AnythingElse_IsSaid(string json) => Assert.Throws<StoreUnavailableException>(() => ManagedKeyFormat.Read(json));
}
