namespace Gateway;

/// <summary>The section <c>Gateway</c> of the configuration (appsettings.json, environment <c>Gateway__Name</c>, <c>--Gateway:Name=value</c>).</summary>
public sealed record GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>
    /// Where to listen: URLs separated by semicolons. The default is <c>http://127.0.0.1:8080</c>. Without virtual keys every host
    /// is replaced by the loopback address.
    /// </summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>
    /// The folder of the policy files. A relative path is looked for below the working directory first, then beside the binary. The
    /// default is <c>policies</c>.
    /// </summary>
    public string PoliciesPath { get; init; } = "policies";

    /// <summary>
    /// The folder of what this gateway keeps by itself: settlements that wait, and where no Redis is configured what was spent, managed keys and more. It is made with the
    /// first file. A relative path is below the working directory. The default is <c>data</c>. No two gateways may have the same.
    /// </summary>
    public string DataPath { get; init; } = "data";

    /// <summary>The largest request body in bytes: 1 to 1,073,741,824. The default is 33,554,432 (32 MiB).</summary>
    public long MaxRequestBodyBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How long a client may take to send its headers, in seconds: above 0, at most 600. The default is 15.</summary>
    public double RequestHeadersTimeoutSeconds { get; init; } = 15;

    /// <summary>
    /// The slowest a request body may come in, in bytes per second, after the grace time: at least 1. The default is 240. A slower client
    /// gets status 408.
    /// </summary>
    public double MinRequestBodyBytesPerSecond { get; init; } = 240;

    /// <summary>The grace time for a slow request body, in seconds: above 1, at most 600. The default is 5.</summary>
    public double RequestBodyGraceSeconds { get; init; } = 5;

    /// <summary>
    /// For how long the gateway goes on taking requests when it is asked to stop, in seconds: 0 to 600. It says at once that it is not ready, and whoever sends it
    /// requests has this long to notice. The default is 0: where nobody looks, nobody need wait.
    /// </summary>
    public double DrainSeconds { get; init; }

    /// <summary>
    /// How long requests that are under way then have to end, in seconds: 0 to 3600. What has not ended is cut off with an error. The default is 30.
    /// </summary>
    public double StopSeconds { get; init; } = 30;

    /// <summary>
    /// This replica's name among those that share a Redis; no two may have the same. The default is the name of the machine and the id of
    /// the process.
    /// </summary>
    public string ReplicaName { get; init; } = "";

    /// <summary><see cref="ReplicaName"/>, or its default.</summary>
    public string EffectiveReplicaName => string.IsNullOrWhiteSpace(ReplicaName) ? $"{Environment.MachineName}-{Environment.ProcessId}" : ReplicaName;

    /// <summary>
    /// The file that a decision record is appended to for each request, one JSON object a line. Empty, the default, for none.
    /// </summary>
    public string RecordsPath { get; init; } = "";

    /// <summary>Every value that is out of range, as <c>Gateway:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        Check(!string.IsNullOrWhiteSpace(Urls), nameof(Urls), "name at least one address, such as http://127.0.0.1:8080");
        Check(!string.IsNullOrWhiteSpace(PoliciesPath), nameof(PoliciesPath), "name the folder of the policy files");
        Check(!string.IsNullOrWhiteSpace(DataPath), nameof(DataPath), "name a folder that this gateway may write to");
        Check(MaxRequestBodyBytes is >= 1 and <= 1L << 30, nameof(MaxRequestBodyBytes), "write 1 to 1073741824");
        Check(RequestHeadersTimeoutSeconds is > 0 and <= 600, nameof(RequestHeadersTimeoutSeconds), "write a number above 0, up to 600");
        Check(MinRequestBodyBytesPerSecond >= 1, nameof(MinRequestBodyBytesPerSecond), "write at least 1");
        Check(RequestBodyGraceSeconds is > 1 and <= 600, nameof(RequestBodyGraceSeconds), "write a number above 1, up to 600");
        Check(DrainSeconds is >= 0 and <= 600, nameof(DrainSeconds), "write 0 to 600");
        Check(StopSeconds is >= 0 and <= 3600, nameof(StopSeconds), "write 0 to 3600");
        return errors;

        void Check(bool holds, string name, string fix)
        {
            if (!holds)
            {
                errors.Add($"{Section}:{name}: {fix}.");
            }
        }
    }
}
