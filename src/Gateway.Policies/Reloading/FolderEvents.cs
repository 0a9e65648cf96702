namespace Gateway.Policies;

/// <summary>Tells that something happened in a folder, where the operating system can.</summary>
internal sealed class FolderEvents : IDisposable
{
    private readonly FileSystemWatcher _watcher;

    private FolderEvents(string folder, Action onEvent)
    {
        _watcher = new FileSystemWatcher(folder);
        _watcher.Created += (_, _) => onEvent();
        _watcher.Changed += (_, _) => onEvent();
        _watcher.Deleted += (_, _) => onEvent();
        _watcher.Renamed += (_, _) => onEvent();
        _watcher.Error += (_, _) => onEvent();
    }

    /// <summary>Watches the folder, or gives null when the system has no watch to spare, as where inotify instances are few.</summary>
    public static FolderEvents? TryWatch(string folder, Action onEvent)
    {
        FolderEvents? events = null;
        try
        {
            events = new FolderEvents(folder, onEvent);
            events._watcher.EnableRaisingEvents = true;
            return events;
        }
        catch (Exception exception) when (
            exception is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            events?.Dispose();
            return null;
        }
    }

    public void Dispose() => _watcher.Dispose();
}
