namespace Gateway.Policies.Tests.Reloading;

public sealed class PolicyStoreTests
{
    private const string OtherRoutes = "routes: { other: { candidates: [ local/demo ] } }";

    /// <summary>One poll and the wait for the content to settle, each put off once by a file system event.</summary>
    private static readonly TimeSpan LongEnough = PolicyStore.PollInterval + (4 * PolicyStore.SettleTime);

    [Fact]
    public void Start_ValidFolder_HoldsTheFirstSnapshot()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);

        Assert.Equal(1, store.Current.Version);
        Assert.True(store.Status.IsUpToDate);
        Assert.Equal(["providers.yaml", "routes.yaml"], store.Status.Files);
        Assert.Equal(PolicyFolder.Now, store.Status.LastReloadAt);
    }

    [Fact]
    public void Start_FolderWithErrors_ThrowsWithAllOfThem()
    {
        using var folder = new PolicyFolder("providers: {}", "routes: {}");

        var exception = Assert.Throws<PolicyLoadException>(() => Start(folder));

        Assert.Equal(2, exception.Errors.Length);
        Assert.All(exception.Errors, error => Assert.Contains(error.ToString(), exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Edit_Valid_ReplacesTheSnapshotAndTellsOnce()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);
        var first = store.Current;
        var told = new List<PolicyLoadResult>();
        store.Reloaded += told.Add;

        folder.Write("routes.yaml", OtherRoutes);
        folder.Time.Advance(LongEnough);

        Assert.Equal(2, store.Current.Version);
        Assert.NotNull(store.Current.FindRoute("other"));
        Assert.Null(store.Current.FindRoute("auto"));
        Assert.NotNull(first.FindRoute("auto"));
        Assert.NotEqual(first.ContentHash, store.Current.ContentHash);
        Assert.Same(store.Current, Assert.Single(told).Snapshot);
        Assert.Equal(store.Current.LoadedAt, store.Status.LastReloadAt);

        folder.Time.Advance(LongEnough);
        Assert.Single(told);
    }

    [Fact]
    public void Edit_WithErrors_KeepsTheSnapshotAndShowsTheErrorsUntilMended()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);
        var first = store.Current;
        var told = new List<PolicyLoadResult>();
        store.Reloaded += told.Add;

        folder.Write("routes.yaml", "routes: { auto: { candidates: [ nowhere/x ] } }");
        folder.Time.Advance(LongEnough);

        Assert.Same(first, store.Current);
        Assert.False(store.Status.IsUpToDate);
        Assert.Equal("routes.auto.candidates[0]", Assert.Single(store.Status.Errors).Key);
        Assert.True(store.Status.LastReloadAt > first.LoadedAt);
        Assert.False(Assert.Single(told).IsValid);

        folder.Write("routes.yaml", OtherRoutes);
        folder.Time.Advance(LongEnough);

        Assert.True(store.Status.IsUpToDate);
        Assert.Equal(2, store.Current.Version);
        Assert.NotNull(store.Current.FindRoute("other"));
    }

    [Fact]
    public void Edit_TakenBack_IsUpToDateAgain()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);
        folder.Write("routes.yaml", "routes: [");
        folder.Time.Advance(LongEnough);
        Assert.False(store.Status.IsUpToDate);

        folder.Write("routes.yaml", PolicyFolder.MinimalRoutes);
        folder.Time.Advance(LongEnough);

        Assert.True(store.Status.IsUpToDate);
    }

    [Fact]
    public void Edit_FileDeleted_KeepsTheSnapshot()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);

        File.Delete(folder.PathOf("providers.yaml"));
        folder.Time.Advance(LongEnough);

        Assert.NotNull(store.Current.FindModel("local/demo"));
        Assert.Equal("The file is missing.", Assert.Single(store.Status.Errors).Message);
    }

    [Fact]
    public void Edit_KeysFileAppearsAndGoes_IsFollowed()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);
        var (key, hash) = VirtualKeyGenerator.Create();

        folder.Write("keys.yaml", $"keys: [ {{ id: a, sha256: {hash} }} ]");
        folder.Time.Advance(LongEnough);
        Assert.True(store.Current.Keys.TryFind(key, out _));
        Assert.Equal(["providers.yaml", "routes.yaml", "keys.yaml"], store.Status.Files);

        File.Delete(folder.PathOf("keys.yaml"));
        folder.Time.Advance(LongEnough);
        Assert.True(store.Current.Keys.IsEmpty);
    }

    [Fact]
    public void Edit_CaBundleReplaced_IsFollowed()
    {
        using var folder = FullPolicies.Folder();
        using var store = Start(folder);

        folder.Write("ca.pem", FullPolicies.CaPem + FullPolicies.CaPem);
        folder.Time.Advance(LongEnough);

        Assert.Equal(2, store.Current.Version);
    }

    [Fact]
    public void Edit_StillBeingWritten_IsNotLoadedBeforeItSettles()
    {
        using var folder = new PolicyFolder();
        using var store = Start(folder);
        var told = new List<PolicyLoadResult>();
        store.Reloaded += told.Add;

        folder.Time.Advance(PolicyStore.PollInterval - PolicyStore.SettleTime);
        for (var length = 1; length < OtherRoutes.Length; length += 5)
        {
            folder.Write("routes.yaml", OtherRoutes[..length]);
            folder.Time.Advance(PolicyStore.SettleTime);
        }

        Assert.Empty(told);
        folder.Write("routes.yaml", OtherRoutes);
        folder.Time.Advance(LongEnough);

        Assert.True(Assert.Single(told).IsValid);
    }

    [Fact]
    public void Edit_SymlinkSwapAsKubernetesDoesIt_IsFollowed()
    {
        using var mount = new PolicyFolder(providers: null, routes: null);
        foreach (var (version, routes) in new[] { ("..v1", PolicyFolder.MinimalRoutes), ("..v2", OtherRoutes) })
        {
            Directory.CreateDirectory(mount.PathOf(version));
            File.WriteAllText(Path.Combine(mount.PathOf(version), "providers.yaml"), PolicyFolder.MinimalProviders);
            File.WriteAllText(Path.Combine(mount.PathOf(version), "routes.yaml"), routes);
        }

        Directory.CreateSymbolicLink(mount.PathOf("..data"), "..v1");
        File.CreateSymbolicLink(mount.PathOf("providers.yaml"), "..data/providers.yaml");
        File.CreateSymbolicLink(mount.PathOf("routes.yaml"), "..data/routes.yaml");
        using var store = Start(mount);
        Assert.NotNull(store.Current.FindRoute("auto"));

        Directory.CreateSymbolicLink(mount.PathOf("..data_tmp"), "..v2");
        Swap(mount.PathOf("..data_tmp"), mount.PathOf("..data"));
        Directory.Delete(mount.PathOf("..v1"), recursive: true);
        mount.Time.Advance(LongEnough);

        Assert.True(store.Status.IsUpToDate);
        Assert.NotNull(store.Current.FindRoute("other"));
    }

    [Fact]
    public async Task Edit_OnTheRealClock_IsFollowedWithinTheTestsPatience()
    {
        using var folder = new PolicyFolder();
        using var store = PolicyStore.Start(folder.Directory, folder.Environment, TimeProvider.System);
        var reloaded = new TaskCompletionSource<PolicyLoadResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Reloaded += result => reloaded.TrySetResult(result);

        folder.Write("new-file", OtherRoutes);
        File.Move(folder.PathOf("new-file"), folder.PathOf("routes.yaml"), overwrite: true);
        var result = await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(result.IsValid);
        Assert.NotNull(store.Current.FindRoute("other"));
    }

    [Fact]
    public async Task Current_ReadByManyDuring200Swaps_IsNeverAMixOfTwoEdits()
    {
        using var folder = new PolicyFolder(Providers(0), Routes(0));
        using var store = Start(folder);
        using var stop = new CancellationTokenSource();
        using var begun = new CountdownEvent(4);
        var readers = Enumerable.Range(0, begun.InitialCount)
            .Select(_ => Task.Factory.StartNew(
                () => ReadUntil(store, begun, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(60)));

        for (var edit = 1; edit <= 200; edit++)
        {
            folder.Write("providers.yaml", Providers(edit));
            folder.Write("routes.yaml", Routes(edit));
            folder.Time.Advance(LongEnough);
        }

        await stop.CancelAsync();
        var versions = await Task.WhenAll(readers);
        Assert.Equal(201, store.Current.Version);
        Assert.All(versions, version => Assert.InRange(version, 1, 201));

        static string Providers(int edit) =>
            $"providers: {{ p{edit}: {{ dialect: local, models: {{ m{edit}: {{ contextWindow: {edit + 1} }} }} }} }}";

        static string Routes(int edit) => $"routes: {{ r{edit}: {{ candidates: [ p{edit}/m{edit} ] }} }}";
    }

    [Fact]
    public void Dispose_ThenEdit_ChangesNothing()
    {
        using var folder = new PolicyFolder();
        var store = Start(folder);
        store.Dispose();
        store.Dispose();

        folder.Write("routes.yaml", OtherRoutes);
        folder.Time.Advance(LongEnough);

        Assert.Equal(1, store.Current.Version);
    }

    private static PolicyStore Start(PolicyFolder folder) => PolicyStore.Start(folder.Directory, folder.Environment, folder.Time);

    /// <summary>Checks that every part of each snapshot is of the same edit, and that versions never go back.</summary>
    private static long ReadUntil(PolicyStore store, CountdownEvent begun, CancellationToken stop)
    {
        long last = 0;
        begun.Signal();
        do
        {
            var snapshot = store.Current;
            var edit = snapshot.Version - 1;
            Assert.True(snapshot.Version >= last);
            Assert.Equal($"r{edit}", Assert.Single(snapshot.Routes).Name);
            Assert.Equal($"p{edit}/m{edit}", snapshot.FindRoute($"r{edit}")!.Candidates[0].QualifiedName);
            Assert.Equal(edit + 1, snapshot.FindModel($"p{edit}/m{edit}")!.ContextWindow);
            last = snapshot.Version;
            Thread.Yield();
        }
        while (!stop.IsCancellationRequested);

        return last;
    }

    /// <summary>Renames over the old link in one step, as the kubelet does; <see cref="Directory.Move"/> refuses to replace.</summary>
    private static void Swap(string from, string to)
    {
        using var move = System.Diagnostics.Process.Start("mv", ["-T", from, to]);
        move.WaitForExit();
        Assert.Equal(0, move.ExitCode);
    }
}
