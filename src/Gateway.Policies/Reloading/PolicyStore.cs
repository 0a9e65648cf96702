namespace Gateway.Policies;

/// <summary>
/// Holds the snapshot in use and follows the policy folder: an edit without errors replaces the snapshot as a whole, an edit
/// with errors changes nothing but <see cref="Status"/>.
/// </summary>
/// <remarks>
/// The content decides, not the events: the files are hashed every <see cref="PollInterval"/>, because editors rename,
/// Kubernetes swaps a symbolic link above the files, and file system events get lost. An event only makes the next look
/// come sooner. What changed is loaded once two looks in a row find the same content, so that neither a half-written file
/// nor half of a swap is ever loaded.
/// </remarks>
public sealed class PolicyStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly FolderEvents? _events;
    private PolicySources _sources;
    private string _loadedHash;
    private string? _unsettledHash;
    private bool _isLooking;
    private bool _isHurried;
    private bool _isDisposed;
    private PolicySnapshot _files;
    private Func<PolicySnapshot, PolicySnapshot> _overlay = snapshot => snapshot;
    private volatile PolicySnapshot _current;
    private volatile PolicyStatus _status;

    private PolicyStore(PolicySources sources, PolicyLoadResult first, PolicySnapshot snapshot, IEnvironment environment, TimeProvider time)
    {
        _environment = environment;
        _time = time;
        _sources = sources;
        _loadedHash = sources.Hash();
        _files = snapshot;
        _current = snapshot;
        _status = new PolicyStatus(snapshot.LoadedAt, first.Errors, first.Warnings, first.Files);
        _timer = time.CreateTimer(_ => Look(), null, PollInterval, Timeout.InfiniteTimeSpan);
        _events = FolderEvents.TryWatch(sources.Folder, LookSoon);
    }

    /// <summary>
    /// Raised after each load of an edit, one at a time; a result without a snapshot was refused and the old snapshot
    /// stays. Handlers must not throw.
    /// </summary>
    public event Action<PolicyLoadResult>? Reloaded;

    /// <summary>How often the files' content is looked at: every 2 seconds.</summary>
    public static TimeSpan PollInterval { get; } = TimeSpan.FromSeconds(2);

    /// <summary>How long content must stay the same before it is loaded: 100 milliseconds.</summary>
    public static TimeSpan SettleTime { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The snapshot in use. Free to read, from any thread.</summary>
    public PolicySnapshot Current => _current;

    /// <summary>How the newest state of the folder was received.</summary>
    public PolicyStatus Status => _status;

    /// <summary>Loads the folder and begins to follow it.</summary>
    /// <exception cref="PolicyLoadException">The folder has errors; all of them are in it.</exception>
    public static PolicyStore Start(string folder, IEnvironment environment, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(time);
        var sources = PolicySources.Read(folder);
        var result = PolicyLoader.Load(sources, environment, time);
        return result.IsValid
            ? new PolicyStore(sources, result, result.Snapshot, environment, time)
            : throw new PolicyLoadException(result.Errors);
    }

    /// <summary>
    /// Lays something over the files, from now on and over each later edit, in place of what was laid over them before: the snapshot in use is what it
    /// makes of that of the files.
    /// </summary>
    /// <param name="overlay">Must not throw, and must not use this store.</param>
    public void Overlay(Func<PolicySnapshot, PolicySnapshot> overlay)
    {
        lock (_lock)
        {
            _overlay = overlay;
            _current = overlay(_files) with { Version = _current.Version + 1 };
        }
    }

    /// <summary>Has the files looked at within <see cref="SettleTime"/> rather than <see cref="PollInterval"/>.</summary>
    public void LookSoon()
    {
        lock (_lock)
        {
            // Only the first of a burst of events moves the timer: a file that is written without end must not put it off for ever.
            if (_isHurried || _isDisposed)
            {
                return;
            }

            _isHurried = true;
            if (!_isLooking)
            {
                _timer.Change(SettleTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Stops following. When this returns, no load is running; the last snapshot can still be read.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _events?.Dispose();
        _timer.Dispose();
    }

    /// <summary>Runs on the timer, which is armed again only at the end.</summary>
    private void Look()
    {
        PolicyLoadResult? loaded;
        lock (_lock)
        {
            if (_isDisposed || _isLooking)
            {
                return;
            }

            _isLooking = true;
            _isHurried = false;
            loaded = LoadIfSettled_NeedsLock();
        }

        if (loaded is not null)
        {
            Reloaded?.Invoke(loaded);
        }

        lock (_lock)
        {
            _isLooking = false;
            if (!_isDisposed)
            {
                _timer.Change(_isHurried || _unsettledHash is not null ? SettleTime : PollInterval, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private PolicyLoadResult? LoadIfSettled_NeedsLock()
    {
        var seen = _sources.ReadAgain().Hash();
        if (seen == _loadedHash || seen != _unsettledHash)
        {
            _unsettledHash = seen == _loadedHash ? null : seen;
            return null;
        }

        var sources = PolicySources.Read(_sources.Folder);
        var result = PolicyLoader.Load(sources, _environment, _time);
        if (result.Snapshot is { } snapshot)
        {
            _files = snapshot;
            snapshot = _overlay(snapshot) with { Version = _current.Version + 1 };
            result = result with { Snapshot = snapshot };
            _current = snapshot;
        }

        _sources = sources;
        _loadedHash = sources.Hash();
        _unsettledHash = null;
        _status = new PolicyStatus(_time.GetUtcNow(), result.Errors, result.Warnings, result.Files);
        return result;
    }
}
