using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Budgets;

/// <summary>How both stores write records: the entry as JSON, and beside it the charges as text (<c>counter amount total</c>, one after the other).</summary>
internal static class LedgerFormat
{
    /// <summary>Of entries and charges, as this build writes them.</summary>
    public const int Version = 1;

    public static string WriteEntry(LedgerEntry entry) => JsonSerializer.Serialize(entry, LedgerJson.Default.LedgerEntry);

    public static byte[] WriteEntryBytes(LedgerEntry entry) => JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry);

    public static LedgerRecord Read(string id, bool wasHeld, string charges, string entry)
    {
        try
        {
            var read = JsonSerializer.Deserialize(entry, LedgerJson.Default.LedgerEntry) ?? throw new FormatException("The entry is null.");
            return new LedgerRecord(new LedgerPosition(id, wasHeld, ReadCharges(charges.Split(' ', StringSplitOptions.RemoveEmptyEntries))), read);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or OverflowException)
        {
            throw new BudgetStoreException(mayBeDone: false, $"The record {id} of the ledger is damaged: {exception.Message}", exception);
        }
    }

    public static IReadOnlyList<LedgerCharge> ReadCharges(IEnumerable<string> words) =>
        [.. words.Chunk(3).Select(charge => charge is [var counter, var amount, var total]
            ? new LedgerCharge(CounterId.Parse(counter), Amounts.Parse(amount), Amounts.Parse(total))
            : throw new FormatException($"The charge of '{charge[0]}' is cut off."))];

    public static string WriteCharges(IEnumerable<LedgerCharge> charges) =>
        string.Join(' ', charges.Select(charge => $"{charge.Counter} {Amounts.Text(charge.Amount)} {Amounts.Text(charge.Total)}"));

    public static void CheckVersion(long version, string subject)
    {
        if (version != Version)
        {
            throw new BudgetStoreException(
                mayBeDone: false, $"{subject} has schema version {version}; this build reads {Version}. Use the build that wrote it, or a newer one.");
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJson : JsonSerializerContext;
