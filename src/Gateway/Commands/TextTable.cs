namespace Gateway.Commands;

/// <summary>Rows of texts for people, their columns below each other.</summary>
internal static class TextTable
{
    /// <param name="rows">At least one; all of as many cells.</param>
    public static string Of(string[][] rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }
}
