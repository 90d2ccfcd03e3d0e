namespace Remote.Repository.Tests;

/// <summary>The tables of a document, found by the text of their first heading.</summary>
internal static class DocumentTables
{
    /// <summary>The cells of each row below a heading; empty when there is no such table.</summary>
    public static IReadOnlyList<string[]> Rows(string path, string heading)
    {
        var rows = new List<string[]>();
        var isInside = false;
        foreach (var line in RepositoryFiles.ReadLines(path))
        {
            var isRow = line.StartsWith('|');
            if (!isInside)
            {
                isInside = isRow && Cells(line)[0] == heading;
            }
            else if (!isRow)
            {
                break;
            }
            else if (!line.StartsWith("|---", StringComparison.Ordinal))
            {
                rows.Add(Cells(line));
            }
        }

        return rows;
    }

    /// <summary>The first cells below a heading, without backticks.</summary>
    public static IEnumerable<string> Names(string path, string heading) => Rows(path, heading).Select(row => row[0].Trim('`'));

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
}
