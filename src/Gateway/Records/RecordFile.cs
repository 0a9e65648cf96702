using Gateway.Hosting;

namespace Gateway.Records;

/// <summary>The file of records. It is opened for each batch, so that it may be moved away or emptied at any time.</summary>
internal sealed class RecordFile(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Makes sure that it can be written.</summary>
    /// <exception cref="StartException">It cannot.</exception>
    public void Check()
    {
        try
        {
            Open().Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            const string Setting = $"{GatewayOptions.Section}:{nameof(GatewayOptions.RecordsPath)}";
            throw new StartException([$"{Setting}: '{Path}' cannot be written: {exception.Message} Name a file in a folder that exists."]);
        }
    }

    /// <exception cref="IOException">The disk is full or gone.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may no longer be written.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> lines)
    {
        await using var file = Open();
        await file.WriteAsync(lines).ConfigureAwait(false);
    }

    private FileStream Open() => new(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
}
