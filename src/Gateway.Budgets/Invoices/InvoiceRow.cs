using System.Globalization;
using CsvHelper;
using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Invoices;

/// <summary>A row of an export on its way to being read. Every error names the file, the line and the column.</summary>
/// <param name="file">The file's name.</param>
/// <param name="reader">At the row.</param>
/// <param name="rate">US dollars for one unit of another currency; null when there is no other.</param>
public sealed class InvoiceRow(string file, CsvReader reader, decimal? rate)
{
    private const string Dollar = "USD";
    private const NumberStyles Numbers = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public bool Has(string column) => reader.TryGetFieldIndex(column, out _);

    /// <summary>The field, without blanks around it; empty when it is, or there is no such column.</summary>
    public string Text(string column) => reader.TryGetFieldIndex(column, out int index) ? reader[index].ToString().Trim() : "";

    public decimal Decimal(string column) =>
        decimal.TryParse(Text(column), Numbers, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw Wrong(column, "no number");

    /// <summary>A count, which some exports write as <c>59200.0</c>; 0 when it is empty.</summary>
    public long Count(string column)
    {
        if (Text(column).Length == 0)
        {
            return 0;
        }

        decimal value = Decimal(column);
        return value >= 0 && value == decimal.Truncate(value) && value <= long.MaxValue ? (long)value : throw Wrong(column, "no count");
    }

    /// <summary>Nano-dollars. Amounts in another currency are converted by the rate that was given.</summary>
    /// <param name="currency">A code of ISO 4217, in either case; empty when the export does not say.</param>
    /// <param name="count">How many of them.</param>
    public long Money(decimal amount, string column, string currency, long count = 1)
    {
        bool isForeign = currency.Length > 0 && !currency.Equals(Dollar, StringComparison.OrdinalIgnoreCase);
        if (isForeign && rate is null)
        {
            string code = currency.ToUpperInvariant();
            throw Wrong(column, $"in {code}, and the ledger is in USD. Give the rate of your bank: --rate, US dollars for one {code}");
        }

        try
        {
            return Usd.Of(amount * count * (isForeign || currency.Length == 0 ? rate ?? 1 : 1));
        }
        catch (OverflowException)
        {
            throw Wrong(column, "too large");
        }
    }

    /// <summary>A day in UTC, as 2026-07-01 or 20260701; a time behind it does not matter.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) Day(string column)
    {
        string text = Text(column);
        string date = text.Split('T', ' ')[0];
        if (!DateOnly.TryParseExact(date, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day == DateOnly.MaxValue)
        {
            throw Wrong(column, "no day as 2026-07-01");
        }

        var start = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return (start, start.AddDays(1));
    }

    /// <summary>A time with an offset.</summary>
    public DateTimeOffset Time(string column) =>
        DateTimeOffset.TryParse(Text(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Wrong(column, "no time as 2026-07-01T00:00:00+00:00");

    /// <summary>Seconds of Unix time.</summary>
    public DateTimeOffset UnixTime(string column)
    {
        decimal seconds = Decimal(column);
        return seconds is >= 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : throw Wrong(column, "no time in seconds since 1970");
    }

    /// <param name="problem">Behind "is".</param>
    public ReportException Wrong(string column, string problem) =>
        new("invoice", $"{file}:{reader.LineNumber.ToString(CultureInfo.InvariantCulture)}: '{Text(column)}' in the column {column} is {problem}.");
}
