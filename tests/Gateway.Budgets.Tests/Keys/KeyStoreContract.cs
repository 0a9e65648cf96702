using System.Collections.Frozen;
using Gateway.Policies;

namespace Gateway.Budgets.Tests.Keys;

/// <summary>What every store of keys keeps. Each test has a store of its own.</summary>
public abstract class KeyStoreContract
{
    [Fact]
    public async Task Read_EmptyStore_IsEmptyAndThenUnchanged()
    {
        var set = await Store.ReadAsync(knownVersion: null);
        Assert.Empty(set!.Keys);
        Assert.Null(await Store.ReadAsync(set.Version));
    }

    [Fact]
    public async Task Put_Key_IsReadBackWhole()
    {
        var key = Key("search") with
        {
            Holder = new VirtualKey
            {
                Id = "search",
                Organization = "acme",
                Team = "a 'quoted' \"team\"",
                Project = "p",
                User = "u",
                Models = new[] { "auto", "far/m" }.ToFrozenSet(StringComparer.Ordinal),
                Expires = Samples.Noon.AddDays(1),
                IsAdmin = true,
                Role = ReportRole.Finance,
            },
            Secrets = [new ManagedKeySecret(new string('b', 64)), new ManagedKeySecret(new string('a', 64), Samples.Noon)],
            RevokedAt = Samples.Noon,
        };
        Assert.True(await Store.PutAsync(key));

        var read = Assert.Single((await Store.ReadAsync(knownVersion: null))!.Keys);
        Assert.Equal(key.Holder.Models, read.Holder.Models!);
        Assert.Equal(key.Secrets.AsEnumerable(), read.Secrets);
        Assert.Equal(
            key with { Secrets = default, Holder = key.Holder with { Models = null } }, read with { Secrets = default, Holder = read.Holder with { Models = null } });
    }

    [Fact]
    public async Task Put_RevisionThatDoesNotFollow_WritesNothing()
    {
        Assert.True(await Store.PutAsync(Key("a")));
        Assert.False(await Store.PutAsync(Key("a")));
        Assert.False(await Store.PutAsync(Key("a") with { Revision = 3 }));
        Assert.True(await Store.PutAsync(Key("a") with { Revision = 2 }));
        Assert.Equal(2, Assert.Single((await Store.ReadAsync(null))!.Keys).Revision);
    }

    [Fact]
    public async Task Restore_LowerRevision_NeverReplacesAHigherOne()
    {
        await Store.PutAsync(Key("a"));
        await Store.PutAsync(Key("a") with { Revision = 2, RevokedAt = Samples.Noon });
        await Store.RestoreAsync(Key("a"));
        Assert.NotNull(Assert.Single((await Store.ReadAsync(null))!.Keys).RevokedAt);
        await Store.RestoreAsync(Key("b") with { Revision = 7 });
        Assert.Equal(["a", "b"], (await Store.ReadAsync(null))!.Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task Change_GivesANewVersionAndIsTold()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.Watch(() => told.TrySetResult());
        var before = await Store.ReadAsync(null);
        await SubscribedAsync();
        await Store.PutAsync(Key("a"));

        await told.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var after = await Store.ReadAsync(before!.Version);
        Assert.NotEqual(before.Version, after!.Version);
        Assert.Null(await Store.ReadAsync(after.Version));
    }

    protected abstract IKeyStore Store { get; }

    /// <summary>Completes once the store would be told of changes.</summary>
    protected abstract Task SubscribedAsync();

    private static ManagedKey Key(string id) => new()
    {
        Holder = new VirtualKey { Id = id },
        Secrets = [new ManagedKeySecret(new string('0', 64))],
        CreatedAt = Samples.Noon,
        RotatedAt = Samples.Noon,
        Revision = 1,
    };
}
