//! PostgreSQL's order of tsqueries: by number of nodes, by size, then node by node.

use std::cmp::Ordering;

use super::{QueryNode, TsQuery};

impl TsQuery {
    /// The order of `<` and its kin. Weights and prefix flags do not count, as in PostgreSQL.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (vec![], vec![]);
        self.order_key(&mut a);
        other.order_key(&mut b);
        a.cmp(&b)
    }

    /// Appends bytes that compare as [`TsQuery::compare`] does.
    pub fn order_key(&self, out: &mut Vec<u8>) {
        let count = self.count();
        let mut word_bytes = 0;
        if let Some(root) = &self.root {
            root.each_lexeme(&mut |word, _, _| word_bytes += word.len() + 1);
        }
        out.extend((count as u32).to_be_bytes());
        // PostgreSQL's form: eight bytes, twelve a node, and the words with their NULs.
        out.extend(((8 + 12 * count + word_bytes) as u32).to_be_bytes());
        if let Some(root) = &self.root {
            node_key(root, out);
        }
    }
}

impl QueryNode {
    /// The order in which PostgreSQL keeps operands when it rewrites queries.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (vec![], vec![]);
        node_key(self, &mut a);
        node_key(other, &mut b);
        a.cmp(&b)
    }
}

fn node_key(node: &QueryNode, out: &mut Vec<u8>) {
    match node {
        // The first bytes put phrases before OR, OR before AND, AND before NOT, words last.
        QueryNode::Phrase(..) => out.push(0),
        QueryNode::Or(..) => out.push(1),
        QueryNode::And(..) => out.push(2),
        QueryNode::Not(_) => out.push(3),
        QueryNode::Lexeme { word, .. } => {
            out.push(4);
            // Greater checksums come first; they are compared as signed numbers.
            out.extend((!(word_checksum(word.as_bytes()) ^ 0x8000_0000)).to_be_bytes());
            out.extend(word.as_bytes());
            out.push(0);
        }
    }
    let [left, right] = node.operands();
    if let Some(right) = right {
        node_key(right, out);
    }
    if let Some(left) = left {
        node_key(left, out);
    }
    if let QueryNode::Phrase(_, _, distance) = node {
        out.extend((!distance).to_be_bytes());
    }
}

/// The checksum that orders operands: the table of CRC-32 applied in the direction of the
/// unreflected algorithm. It is nobody's standard, but PostgreSQL has it on disk.
fn word_checksum(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| TABLE[usize::from((crc >> 24) as u8 ^ byte)] ^ (crc << 8))
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};
