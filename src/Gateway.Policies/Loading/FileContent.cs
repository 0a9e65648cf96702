using System.Security;

namespace Gateway.Policies;

/// <summary>A file as one read found it: its bytes, its absence, or why it cannot be read.</summary>
/// <param name="Bytes">The content; null when absent or unreadable.</param>
/// <param name="Failure">Why the file cannot be read; null when it was read or is absent.</param>
internal sealed record FileContent(byte[]? Bytes, string? Failure)
{
    /// <summary>Policy files are written by people; what is larger than this is something else.</summary>
    public const int MaxBytes = 1024 * 1024;

    public bool IsAbsent => Bytes is null && Failure is null;

    /// <summary>Reads the file. Another process may write, rename or delete it meanwhile.</summary>
    public static FileContent Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return ReadBounded(file) is { } bytes
                ? new FileContent(bytes, null)
                : new FileContent(null, $"is larger than {MaxBytes} bytes");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new FileContent(null, null);
        }
        catch (UnauthorizedAccessException)
        {
            return new FileContent(null, "may not be read by this process, or is a directory");
        }
        catch (Exception exception) when (exception is IOException or SecurityException or ArgumentException or NotSupportedException)
        {
            return new FileContent(null, $"cannot be read ({exception.GetType().Name})");
        }
    }

    /// <summary>The bytes up to the end of the stream, or null when they are too many. The length is only a first guess.</summary>
    private static byte[]? ReadBounded(FileStream file)
    {
        var buffer = new byte[Math.Min(file.Length, MaxBytes) + 1];
        var read = 0;
        while (true)
        {
            read += file.ReadAtLeast(buffer.AsSpan(read), buffer.Length - read, throwOnEndOfStream: false);
            if (read < buffer.Length)
            {
                return buffer[..read];
            }

            if (read > MaxBytes)
            {
                return null;
            }

            Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
        }
    }
}
