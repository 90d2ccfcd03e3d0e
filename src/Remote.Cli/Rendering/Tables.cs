using Spectre.Console;

namespace Remote.Cli;

/// <summary>Tables of plain text: no frame, so that a line can be taken apart with <c>awk</c>. What a node says is never read as markup.</summary>
internal static class Tables
{
    /// <param name="columns">Their heads; one that begins with <c>&gt;</c> stands to the right.</param>
    public static Table New(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.None, ShowRowSeparators = false };
        foreach (var column in columns)
        {
            var isRight = column.StartsWith('>');
            table.AddColumn(new TableColumn(new Text(isRight ? column[1..] : column, new Style(decoration: Decoration.Bold)))
            {
                Alignment = isRight ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, 2, 0),
                NoWrap = isRight,
            });
        }

        return table;
    }

    public static void Row(this Table table, params ReadOnlySpan<string> cells)
    {
        var texts = new Text[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            texts[i] = new Text(SafeText.Of(cells[i]));
        }

        table.AddRow(texts);
    }
}
