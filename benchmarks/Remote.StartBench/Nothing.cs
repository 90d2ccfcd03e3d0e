namespace Remote.StartBench;

/// <summary>The floor: a program that prints a line and ends.</summary>
internal static class Nothing
{
    public static int Run(long main)
    {
        var stamps = new Stamps(main);
        Console.WriteLine("Hello, world!");
        stamps.Printed = Stamps.Now;
        Console.WriteLine(stamps);
        return 0;
    }
}
