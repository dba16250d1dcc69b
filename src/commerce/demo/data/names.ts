/** Given and family names by country of the customer; the first of each list is no more likely than the last. */
interface Names {
  readonly given: readonly string[];
  readonly family: readonly string[];
}

const names = (given: string, family: string): Names => ({
  given: given.trim().split(/\s+/),
  family: family.trim().split(/\s+/),
});

export const NAMES: Readonly<Record<'DE' | 'FR' | 'GB' | 'US' | 'IN' | 'NL', Names>> = {
  DE: names(
    `Anna Lena Marie Sophie Katharina Johanna Greta Ida Frieda Clara Luise Hannah Miriam Sabine Petra Jonas Lukas
     Felix Paul Maximilian Jakob Emil Anton Moritz Henrik Tobias Matthias Stefan Jürgen Aylin Mehmet Milena`,
    `Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf
     Schröder Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Werner Krause Lehmann Köhler Huber Vogel
     Yılmaz Kowalski Brandt Seidel Winter`,
  ),
  FR: names(
    `Camille Manon Chloé Léa Juliette Inès Margaux Élise Amélie Claire Sylvie Nathalie Aïcha Yasmine Louis Hugo
     Gabriel Arthur Jules Lucas Théo Antoine Baptiste Rémi Olivier Laurent Mathieu Karim`,
    `Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia
     Roux Fournier Girard Bonnet Lambert Fontaine Rousseau Mercier Blanc Guérin Chevalier Benali Diallo`,
  ),
  GB: names(
    `Olivia Amelia Isla Freya Grace Poppy Florence Harriet Eleanor Imogen Beatrice Priya Zara Oliver George Harry
     Arthur Noah Alfie Henry Theo Rory Callum Edward Hamish Rhys Tariq Kwame`,
    `Smith Jones Williams Taylor Brown Davies Evans Wilson Thomas Roberts Johnson Walker Wright Robinson Thompson
     Hughes Edwards Green Hall Wood Clarke Patel Khan Campbell Murray Fraser Ashworth Pemberton`,
  ),
  US: names(
    `Emma Ava Sophia Mia Charlotte Harper Evelyn Abigail Ella Madison Scarlett Luna Valentina Aaliyah Jasmine Liam
     Noah Ethan Mason Logan Aiden Jackson Carter Wyatt Diego Mateo Isaiah Marcus Kenji Wei`,
    `Johnson Williams Brown Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Anderson Thomas Moore Jackson
     Lee Thompson White Harris Clark Lewis Young Walker Nguyen Kim Chen Rivera Campbell Mitchell Carter Okafor`,
  ),
  IN: names(
    `Aarav Vihaan Arjun Ishaan Rohan Kabir Aditya Rahul Vikram Sanjay Karan Nikhil Farhan Joseph Ananya Diya Saanvi
     Aadhya Ishita Kavya Meera Priya Riya Neha Pooja Lakshmi Zoya Maria`,
    `Sharma Verma Gupta Patel Shah Mehta Desai Joshi Kulkarni Deshpande Patil Iyer Nair Menon Reddy Rao Naidu Singh
     Kaur Khan Ansari Fernandes DSouza Chatterjee Banerjee Bose Malhotra Kapoor`,
  ),
  NL: names(
    `Emma Julia Sanne Lotte Fleur Anouk Femke Maaike Eva Noor Iris Marloes Fatima Daan Sem Lucas Bram Thijs Ruben
     Jasper Sander Pieter Wouter Joris Niels Bilal`,
    `Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Dijkstra Brouwer Kok Jacobs Vermeulen
     Schouten Willems Hoekstra Koster Prins Postma Kuipers Veenstra`,
  ),
};
