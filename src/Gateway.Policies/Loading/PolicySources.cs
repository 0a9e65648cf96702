using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Policies;

/// <summary>
/// The bytes that one load works on: the policy files and the files they name. Each is read once, so that what is hashed is
/// what is parsed.
/// </summary>
internal sealed class PolicySources
{
    private readonly SortedDictionary<string, FileContent> _referenced = new(StringComparer.Ordinal);
    private readonly ImmutableArray<FileContent> _policies;

    private PolicySources(string folder)
    {
        Folder = folder;
        _policies = [.. PolicyFiles.All.Select(name => FileContent.Read(Path.Combine(folder, name)))];
    }

    public string Folder { get; }

    /// <summary>The policy files that exist, by name.</summary>
    public ImmutableArray<string> Files => [.. PolicyFiles.All.Where((_, index) => !_policies[index].IsAbsent)];

    public static PolicySources Read(string folder) => new(folder);

    /// <summary>The same set of files, as they are now.</summary>
    public PolicySources ReadAgain()
    {
        var now = new PolicySources(Folder);
        foreach (var path in _referenced.Keys)
        {
            now.Referenced(path);
        }

        return now;
    }

    public FileContent Policy(string name) => _policies[PolicyFiles.All.IndexOf(name)];

    /// <summary>A file that a policy names, relative to the folder of the policies.</summary>
    public FileContent Referenced(string path)
    {
        if (!_referenced.TryGetValue(path, out var content))
        {
            content = FileContent.Read(Path.Combine(Folder, path));
            _referenced.Add(path, content);
        }

        return content;
    }

    /// <summary>YAML files of the folder that are no policy files: most likely a misspelt name. Sub-folders are not looked at.</summary>
    public IEnumerable<string> Strangers()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => Path.GetExtension(name) is ".yaml" or ".yml" && !name.StartsWith('.') && !PolicyFiles.All.Contains(name))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SecurityException or ArgumentException)
        {
            // The files' own reads report what is wrong with the folder.
            return [];
        }
    }

    /// <summary>SHA-256 in lower-case hex over names, presence and content of every file.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in PolicyFiles.All.Zip(_policies).Concat(_referenced.Select(pair => (pair.Key, pair.Value))))
        {
            Append(hash, Encoding.UTF8.GetBytes(name));
            Append(hash, Encoding.UTF8.GetBytes(content.IsAbsent ? "absent" : content.Failure ?? "read"));
            Append(hash, content.Bytes ?? []);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>With its length first, so that no two different sets of files give the same bytes.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
