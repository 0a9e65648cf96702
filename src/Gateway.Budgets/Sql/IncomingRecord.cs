using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Budgets.Sql;

/// <summary>A record on its way into the SQL ledger, as its source holds it: not read yet, and perhaps not readable.</summary>
/// <param name="Position">Where it stands in its partition.</param>
/// <param name="Fields">
/// <c>v</c>, the version of its format; <c>held</c>, <c>1</c> or <c>0</c>; <c>charges</c>; and <c>entry</c>, as JSON. Any may be missing from
/// a damaged one, and one of another version may have others.
/// </param>
public sealed record IncomingRecord(string Partition, string Position, IReadOnlyDictionary<string, string> Fields)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All fields, to be set aside.</summary>
    internal byte[] Payload => JsonSerializer.SerializeToUtf8Bytes(Fields, Plain);

    internal static IncomingRecord OfPayload(string partition, string position, byte[] payload) =>
        new(partition, position, JsonSerializer.Deserialize<Dictionary<string, string>>(payload, Plain) ?? []);

    public override string ToString() => $"{Partition}/{Position}";
}
