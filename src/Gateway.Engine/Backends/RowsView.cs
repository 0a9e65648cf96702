namespace Gateway.Engine.Backends;

/// <summary>Some adjacent columns of rows.</summary>
internal readonly record struct RowsView(IRows Rows, int Offset, int Columns)
{
    /// <summary>All columns.</summary>
    public static RowsView Of(IRows rows) => new(rows, 0, rows.Columns);
}
