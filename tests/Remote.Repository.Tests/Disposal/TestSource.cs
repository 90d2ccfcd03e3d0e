using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>
/// The classes of the test projects as their sources declare them. Read off the text, because a run of this project alone need not have built the others.
/// It goes by the indentation, which <c>./test.sh</c> checks.
/// </summary>
internal sealed partial class TestSource
{
    private const string Shared = "tests/Shared";
    private const int Step = 4;

    private readonly List<TestSourceClass> _classes = [];
    private readonly List<string> _strayTests = [];

    private TestSource()
    {
    }

    public IReadOnlyList<TestSourceClass> Classes => _classes;

    /// <summary>Tests that no class was found for: the scan has missed one.</summary>
    public IReadOnlyList<string> StrayTests => _strayTests;

    public static TestSource Read()
    {
        var source = new TestSource();
        foreach (var path in RepositoryFiles.Files("tests", ".cs"))
        {
            source.Add(path[..path.LastIndexOf('/')], RepositoryFiles.ReadLines(path));
        }

        return source;
    }

    /// <summary>The same for a text that stands in one file.</summary>
    public static TestSource Of(string text)
    {
        var source = new TestSource();
        source.Add("tests/Project", text.ReplaceLineEndings("\n").Split('\n'));
        return source;
    }

    /// <summary>A class by the name it has where it is used: nested, in the same folder, in the same project, or shared by all projects.</summary>
    public TestSourceClass? Find(TestSourceClass user, string name)
    {
        for (var scope = user.Path; ; scope = scope[..Math.Max(scope.LastIndexOf('.'), 0)])
        {
            var path = scope.Length == 0 ? name : $"{scope}.{name}";
            var found = _classes.Where(candidate => candidate.Path == path && (candidate.Project == user.Project || candidate.Folder == Shared))
                .OrderBy(candidate => candidate.Folder != user.Folder)
                .FirstOrDefault();
            if (found is not null || scope.Length == 0)
            {
                return found;
            }
        }
    }

    /// <summary>A class and the classes of ours that it derives from.</summary>
    public IEnumerable<TestSourceClass> Lineage(TestSourceClass of)
    {
        yield return of;
        foreach (var parent in of.Bases.Select(name => Find(of, name)).OfType<TestSourceClass>().Where(parent => parent != of))
        {
            foreach (var ancestor in Lineage(parent))
            {
                yield return ancestor;
            }
        }
    }

    private void Add(string folder, string[] lines)
    {
        // The class that is open at each depth of indentation.
        var open = new Dictionary<int, TestSourceClass>();
        for (var i = 0; i < lines.Length; i++)
        {
            var indent = lines[i].Length - lines[i].TrimStart().Length;
            if (Declaration().Match(lines[i]) is { Success: true } declaration)
            {
                var outer = open.GetValueOrDefault(indent - Step);
                open[indent] = Merge(folder, outer, declaration.Groups["name"].Value, BasesOf(HeaderAt(lines, i)));
            }
            else if (TestAttribute().IsMatch(lines[i]))
            {
                if (open.TryGetValue(indent - Step, out var owner))
                {
                    owner.HasTests = true;
                }
                else
                {
                    _strayTests.Add($"{folder}: {lines[i].Trim()} in line {i + 1}");
                }
            }
            else if (LifetimeMethod().Match(lines[i]) is { Success: true } method && open.TryGetValue(indent - Step, out var owner))
            {
                owner.LifetimeMethods.Add(method.Groups["name"].Value);
            }
        }
    }

    /// <summary>The parts of a partial class are one class.</summary>
    private TestSourceClass Merge(string folder, TestSourceClass? outer, string name, IEnumerable<string> bases)
    {
        var path = outer is null ? name : $"{outer.Path}.{name}";
        var known = _classes.Find(candidate => candidate.Folder == folder && candidate.Path == path);
        if (known is null)
        {
            _classes.Add(known = new TestSourceClass(folder, path));
        }

        known.Bases.UnionWith(bases);
        return known;
    }

    /// <summary>What is declared, up to the body.</summary>
    private static string HeaderAt(string[] lines, int first) =>
        string.Join(' ', lines.Skip(first).TakeWhile((line, i) => line.Trim() != "{" && (i == 0 || !lines[first + i - 1].EndsWith(';'))));

    /// <summary>The names in the list of bases, without what stands in parentheses.</summary>
    private static IEnumerable<string> BasesOf(string header)
    {
        while (Parentheses().IsMatch(header))
        {
            header = Parentheses().Replace(header, "");
        }

        var list = header.Split(" where ")[0].Split(" : ").ElementAtOrDefault(1) ?? "";
        return BaseName().Matches(list.Split('{', ';')[0]).Select(match => match.Value);
    }

    [GeneratedRegex(@"^\s*(?:(?:public|internal|private|protected|file|sealed|abstract|static|partial|readonly)\s+)*(?:class|struct|interface|record(?:\s+(?:class|struct))?)\s+(?<name>\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*\[(?:Fact|Theory)\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^\s*(?:[\w.]+\s+)*?(?:void|Task|ValueTask)\s+(?:\w+\.)?(?<name>DisposeAsync|InitializeAsync|Dispose)\(\)")]
    private static partial Regex LifetimeMethod();

    [GeneratedRegex(@"\([^()]*\)")]
    private static partial Regex Parentheses();

    /// <summary>With its type arguments, of which there is one level.</summary>
    [GeneratedRegex(@"[\w.]+(?:<[^<>]*>)?")]
    private static partial Regex BaseName();
}
