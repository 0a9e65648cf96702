using Gateway.Budgets;
using Gateway.Keys;
using Gateway.Policies;
using Xunit;

namespace Gateway.IntegrationTests.Keys;

public sealed class ManagedKeysTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private readonly (string Key, string Sha256) _secret = VirtualKeyGenerator.Create();
    private readonly ManagedKeys _keys = new();

    [Fact]
    public void MayExist_BeforeTheStoreAnswered_IsTrue()
    {
        Assert.True(_keys.MayExist);
        _keys.Adopt(KeySet.Empty);
        Assert.False(_keys.MayExist);
    }

    [Fact]
    public void Adopt_StoreThatLostARevocation_KeepsItAndSaysWhatIsLost()
    {
        _keys.Adopt(new KeySet("1", [Key(revision: 2, revoked: true)]));
        var lost = _keys.Adopt(new KeySet("2", [Key(revision: 1, revoked: false)]));

        Assert.Equal(2, Assert.Single(lost).Revision);
        Assert.True(_keys.Current.TryFind(_secret.Key, out var found));
        Assert.False(found.IsActive(Now));
        Assert.Equal("2", _keys.Version);
    }

    [Fact]
    public void Adopt_EmptiedStore_KeepsEveryKey()
    {
        _keys.Adopt(new KeySet("1", [Key(revision: 1, revoked: false)]));
        Assert.Single(_keys.Adopt(KeySet.Empty));
        Assert.True(_keys.Current.TryFind(_secret.Key, out var found));
        Assert.True(found.IsActive(Now));
    }

    [Fact]
    public void Current_RotatedKey_HasEachSecretWithItsOwnEnd()
    {
        var old = VirtualKeyGenerator.Create();
        _keys.Adopt(new KeySet("1", [Key(revision: 2, revoked: false) with { Secrets = [new(_secret.Sha256), new(old.Sha256, Now)] }]));

        Assert.True(_keys.Current.TryFind(_secret.Key, out var newest));
        Assert.True(_keys.Current.TryFind(old.Key, out var before));
        Assert.Equal((true, false, true), (newest.IsActive(Now), before.IsActive(Now), before.IsActive(Now.AddTicks(-1))));
        Assert.Equal(newest.Id, before.Id);
    }

    private ManagedKey Key(long revision, bool revoked) => new()
    {
        Holder = new VirtualKey { Id = "a" },
        Secrets = [new ManagedKeySecret(_secret.Sha256)],
        CreatedAt = Now,
        RotatedAt = Now,
        RevokedAt = revoked ? Now : null,
        Revision = revision,
    };
}
